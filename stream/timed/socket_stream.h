// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// The timed stream over any type of socket.

#ifndef TIMED_SOCKET_STREAM_H
#define TIMED_SOCKET_STREAM_H

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/default_completion_token.hpp>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "timed/detail/always_inline.h"
#include "timed/detail/errors.h"
#include "timed/detail/operation/initiation.h"
#include "timed/detail/operation/range_connect.h"
#include "timed/detail/operation/stream_access.h"
#include "timed/detail/operation/synchronous.h"
#include "timed/detail/state/stream_state.h"
#include "timed/detail/time/deadlines.h"
#include "timed/direction.h"
#include "timed/error.h"
#include "timed/rate_policy.h"
#include "timed/teardown.h"
#include "timed/timeout_action.h"

namespace timed {

/// The timed stream over a type of socket with Asio's interface. `basic_stream` and
/// `uring::basic_stream` are names for it.
///
/// @code
/// timed::tcp_stream stream(context);
/// stream.read_timeout(std::chrono::seconds(60));   // of each read
/// stream.expires_after(std::chrono::seconds(30));  // of all that follows
/// stream.async_connect(endpoint, [&](timed::error_code ec) { ... });
/// @endcode
///
/// @tparam Socket `net::basic_stream_socket<...>`, or `uring::basic_stream_socket<...>`.
/// @tparam RatePolicy The limits for reading and writing.
template <class Socket, class RatePolicy = unlimited_rate_policy>
class socket_stream {
  using state_type = detail::stream_state<Socket, RatePolicy>;

 public:
  /// The same stream on another type of executor.
  template <class OtherExecutor>
  struct rebind_executor {
    /// The stream on the other executor.
    using other =
        socket_stream<typename Socket::template rebind_executor<OtherExecutor>::other, RatePolicy>;
  };

  /// The type of the socket. (There is no `next_layer_type`, so that for a layer on top of a
  /// stream, `boost::beast::get_lowest_layer` returns the stream.)
  using socket_type = Socket;
  /// The socket, as in Beast. (In Asio it is the socket's base class.)
  using lowest_layer_type = Socket;
  using executor_type = typename Socket::executor_type;  ///< The type of the I/O executor.
  using protocol_type = typename Socket::protocol_type;  ///< The protocol, such as TCP.
  using endpoint_type = typename Socket::endpoint_type;  ///< An address of that protocol.
  using rate_policy_type = RatePolicy;                   ///< The type of the rate policy.
  /// The clock of the deadlines, which is unaffected by changes of the wall clock. (Tests can put a
  /// `manual_clock` in its place.)
  using clock_type = typename state_type::clock_type;
  using duration = typename state_type::duration;      ///< A duration of that clock.
  using time_point = typename state_type::time_point;  ///< A point in time of that clock.

  /// Constructs the socket from the arguments, which are those of one of its constructors: an
  /// execution context or an executor, with or without a protocol; or a socket to move from.
  template <class Arg0, class... Args>
    requires(!std::constructible_from<RatePolicy, Arg0> &&
             !std::derived_from<std::remove_cvref_t<Arg0>, socket_stream> &&
             std::constructible_from<Socket, Arg0, Args...>)
  explicit socket_stream(Arg0&& arg0, Args&&... args)
      : socket_stream(Socket(std::forward<Arg0>(arg0), std::forward<Args>(args)...),
                      from_socket()) {}

  /// The same, with a rate policy to copy or move from.
  template <class Policy, class Arg0, class... Args>
    requires(std::constructible_from<RatePolicy, Policy> &&
             std::constructible_from<Socket, Arg0, Args...>)
  socket_stream(Policy&& policy, Arg0&& arg0, Args&&... args)
      : socket_stream(Socket(std::forward<Arg0>(arg0), std::forward<Args>(args)...), from_socket(),
                      std::forward<Policy>(policy)) {}

  /// Rebinds another stream to this one's type of executor: moves its socket, rate policy,
  /// deadlines and settings. Its outstanding operations report `operation_aborted`; the other is
  /// then as a new stream. `net::use_awaitable_t<>::as_default_on(stream)` and the like use this.
  template <class OtherSocket>
    requires(!std::same_as<OtherSocket, Socket> && std::constructible_from<Socket, OtherSocket>)
  explicit socket_stream(socket_stream<OtherSocket, RatePolicy>&& other)
      : socket_stream(Socket(other.state()->release_socket()), from_socket(),
                      std::move(other.rate_policy())) {
    state_->take_settings(*other.state_);
  }

  /// Moves the other stream's socket, deadlines, settings and outstanding operations, which
  /// continue. The other stream is then in the state of a new one with the same executor. The move
  /// neither throws nor allocates. (The other stream allocates if it is used again; if its rate
  /// policy has no default constructor, it throws `std::logic_error` instead.)
  socket_stream(socket_stream&& other) noexcept
      : executor_(other.executor_), state_(std::move(other.state_)) {}

  /// As above; the outstanding operations of this stream report `operation_aborted`.
  socket_stream& operator=(socket_stream&& other) noexcept {
    if (this == &other) return *this;
    close_at_once();
    executor_ = other.executor_;
    state_ = std::move(other.state_);
    return *this;
  }

  /// Closes the socket. Outstanding operations report `operation_aborted`; their handlers are
  /// called after the stream is destroyed, and must not use it. Never waits: where SO_LINGER is set
  /// with a time, bytes that have not been sent are sent in the background.
  ~socket_stream() { close_at_once(); }

  /// Returns the I/O executor. Handlers without an associated executor run there, and so does what
  /// a timeout does to the stream. If several threads run it and several operations may be
  /// outstanding, it has to be a strand, as for any socket.
  executor_type get_executor() const noexcept { return state_ ? state_->executor() : executor_; }

  /// Returns the socket. To close or cancel, prefer the stream's functions: only they distinguish a
  /// cancelled operation from one that timed out at the same moment, and end a connect to several
  /// endpoints as a whole.
  socket_type& socket() { return state()->socket(); }
  /// As above, for a constant object.
  const socket_type& socket() const { return state()->socket(); }

  /// Returns the socket.
  lowest_layer_type& lowest_layer() { return socket(); }
  /// As above, for a constant object.
  const lowest_layer_type& lowest_layer() const { return socket(); }

  /// Returns the rate policy. Its limits may be changed at any time.
  rate_policy_type& rate_policy() { return state()->gate().policy(); }
  /// As above, for a constant object.
  const rate_policy_type& rate_policy() const { return std::as_const(*state()).gate().policy(); }

  /// Releases the socket. Outstanding operations report `operation_aborted`. The stream then has a
  /// socket that is not open, and no deadline; its other settings stay. Not to be called on another
  /// thread while an operation of several steps is outstanding.
  socket_type release_socket() {
    state()->clear_deadlines();
    return state_->release_socket();
  }

  /// Sets the deadline to `after` from now.
  ///
  /// The deadline is a point in time and stays until changed: it is one deadline for all operations
  /// that are started afterwards. (`timeout` is counted from the start of each operation.) It is
  /// set for the directions (reading, writing) in which no operation is outstanding, so a read and
  /// a write can have different deadlines. If operations are outstanding in both directions, it is
  /// set for these operations.
  ///
  /// When it passes while an operation is outstanding, the effect is that of `on_timeout`: by
  /// default the stream is closed, and every outstanding operation reports `error::timeout`, with
  /// the number of bytes it has transferred.
  ///
  /// A timeout is never early. On an idle event loop it is at most 1.1 ms late (a tick of the
  /// deadline queue). A long timeout is counted from a cheaper clock, which adds at most 1.6 % of
  /// the timeout (4 ms where that clock is the CPU's counter, else eight ticks of the kernel).
  /// Moving the deadline to a later time costs a few nanoseconds.
  ///
  /// @param after If it is zero or negative, the deadline has passed; if `now + after` cannot be
  ///     represented, there is none.
  /// @par Thread safety
  /// Like every function here, not to be called concurrently with another one of this stream.
  template <class Rep, class Period>
  TIMED_ALWAYS_INLINE void expires_after(std::chrono::duration<Rep, Period> after) {
    state()->set_deadline_after(detail::saturating_duration(after));
  }

  /// Sets the deadline of the directions `which` only, and that of their outstanding operations,
  /// which is thus extended or shortened.
  template <class Rep, class Period>
  void expires_after(std::chrono::duration<Rep, Period> after, direction which) {
    state()->set_deadline(state_->clock().after(detail::saturating_duration(after)), which);
  }

  /// Sets the deadline to a point in time; otherwise as `expires_after`.
  /// @param deadline `time_point::max()` is the same as `expires_never()`.
  void expires_at(time_point deadline) { state()->set_deadline(deadline); }
  /// As above, for the directions `which` only.
  void expires_at(time_point deadline, direction which) { state()->set_deadline(deadline, which); }

  /// Removes the deadline; otherwise as `expires_after`. A new stream has none.
  void expires_never() { state()->set_deadline(state_type::never()); }
  /// As above, for the directions `which` only.
  void expires_never(direction which) { state()->set_deadline(state_type::never(), which); }

  /// Sets a timeout for each read, counted from its start: an idle timeout, which need not be set
  /// again. The deadline of `expires_after` applies too; the earlier of the two counts. The timeout
  /// of an outstanding read is counted from now.
  /// @param timeout If it is zero or negative, reads time out immediately; `duration::max()` (the
  ///     default of a new stream) is none.
  template <class Rep, class Period>
  void read_timeout(std::chrono::duration<Rep, Period> timeout) {
    state()->set_idle_timeout(direction::read, detail::saturating_duration(timeout));
  }

  /// Sets a timeout for each write; otherwise as `read_timeout`.
  template <class Rep, class Period>
  void write_timeout(std::chrono::duration<Rep, Period> timeout) {
    state()->set_idle_timeout(direction::write, detail::saturating_duration(timeout));
  }

  /// Sets a timeout for each read, each write and each connect; otherwise as `read_timeout`. (A
  /// connect has the smaller of the timeouts for reading and for writing.)
  template <class Rep, class Period>
  void timeout(std::chrono::duration<Rep, Period> timeout) {
    state()->set_idle_timeout(direction::both, detail::saturating_duration(timeout));
  }

  /// Sets the effect of a timeout, for operations that are started afterwards. By default the
  /// stream is closed.
  ///
  /// With `timeout_action::cancel`, only that operation is cancelled: it reports `error::timeout`
  /// and the number of bytes it has transferred, and the stream can still be used. If the socket's
  /// operation completes at the same moment, its result is reported instead. The timeout of a
  /// connect always closes the stream.
  void on_timeout(timeout_action action) { state()->options.on_timeout = action; }

  /// Sets whether synchronous operations of this stream time out. By default, as in Beast, they
  /// ignore deadlines.
  void sync_deadlines(bool enabled) { state()->options.sync_deadlines = enabled; }

  /// Sets a timeout for ending the connection (`teardown`, `async_teardown`). When it expires, the
  /// socket is closed, although the peer has not ended its side. 30 s by default.
  /// @param at_most Rounded up to milliseconds; 49 days at most.
  template <class Rep, class Period>
  void linger_timeout(std::chrono::duration<Rep, Period> at_most) {
    using std::chrono::milliseconds;
    constexpr milliseconds longest(std::numeric_limits<std::uint32_t>::max());
    const auto limited = std::min(detail::saturating_duration(at_most), duration(longest));
    state()->options.linger_ms =
        static_cast<std::uint32_t>(std::chrono::ceil<milliseconds>(limited).count());
  }
  /// Returns the timeout for ending the connection.
  std::chrono::milliseconds linger_timeout() const {
    return std::chrono::milliseconds(state()->options.linger_ms);
  }

  /// Cancels all outstanding operations. They report `operation_aborted`, unless they have timed
  /// out already; the stream stays open. If the stream is not open, that error is ignored.
  ///
  /// A composed operation over the stream, such as `net::async_write`, continues if its current
  /// operation has already completed. The signal of its own cancellation slot ends it in any case.
  /// @par Thread safety
  /// As for `expires_after`: to be called on the stream's executor, or while nothing else uses the
  /// stream. To cancel from other threads, post this call to the executor. One operation of the
  /// stream itself (a read, a write, a connect) may be cancelled directly on another thread once
  /// its initiating function has returned, if its handler does not use the stream before this
  /// returns.
  void cancel() {
    if (state_) state_->cancel();
  }

  /// Closes the stream. Outstanding operations report `operation_aborted`, unless they have timed
  /// out, transferred bytes or connected already. Errors are ignored: the socket is closed in any
  /// case.
  ///
  /// Where the program has set SO_LINGER with a time, this blocks for up to that time until
  /// everything is sent, as close(2) does. No other way to close blocks: not a timeout, the
  /// destructor, an assignment, `beast_close_socket`, nor `teardown`.
  /// @par Thread safety
  /// As for `cancel`, and so is the destructor.
  void close() {
    if (state_) state_->close(state_type::closing::lingering);
  }

  /// Connects the socket, opening it first if it is not open. Blocks until it is connected.
  ///
  /// @par Deadline
  /// Ignored, unless `sync_deadlines(true)` is set. Then `error::timeout` is reported when it
  /// passes, or if it has passed before, and the stream is closed.
  /// @throws boost::system::system_error In the overloads without `ec`.
  void connect(const endpoint_type& endpoint) {
    error_code ec;
    connect(endpoint, ec);
    detail::throw_if(ec, "connect");
  }
  void connect(const endpoint_type& endpoint, error_code& ec) {
    ec = detail::connect_synchronously(*state(), endpoint);
  }

  /// Connects the socket to one of several endpoints, in their order, closing it before each
  /// attempt. All attempts share one deadline. Otherwise as `connect` to one endpoint.
  ///
  /// @param endpoints For example, the results of a resolver.
  /// @return The endpoint connected to.
  /// @par Errors
  /// That of the last attempt; `net::error::not_found` if there was none.
  template <detail::endpoint_sequence_type Endpoints>
  endpoint_type connect(const Endpoints& endpoints) {
    return connect(endpoints, detail::any_endpoint());
  }
  template <detail::endpoint_sequence_type Endpoints>
  endpoint_type connect(const Endpoints& endpoints, error_code& ec) {
    return connect(endpoints, detail::any_endpoint(), ec);
  }
  /// As above, for the endpoints that `condition` selects, as for `net::connect`.
  template <detail::endpoint_sequence_type Endpoints,
            detail::connect_condition<detail::iterator_of<Endpoints>> Condition>
  endpoint_type connect(const Endpoints& endpoints, Condition condition) {
    error_code ec;
    const endpoint_type connected = connect(endpoints, std::move(condition), ec);
    detail::throw_if(ec, "connect");
    return connected;
  }
  template <detail::endpoint_sequence_type Endpoints,
            detail::connect_condition<detail::iterator_of<Endpoints>> Condition>
  endpoint_type connect(const Endpoints& endpoints, Condition condition, error_code& ec) {
    const auto connected = connect(endpoints.begin(), endpoints.end(), std::move(condition), ec);
    return ec ? endpoint_type() : endpoint_type(*connected);
  }

  /// The same for a range of endpoints.
  /// @return The iterator to the endpoint connected to; `end` if there is none.
  template <class Iterator>
    requires(!detail::endpoint_sequence_type<Iterator>)
  Iterator connect(Iterator begin, Iterator end) {
    return connect(begin, end, detail::any_endpoint());
  }
  template <class Iterator>
    requires(!detail::endpoint_sequence_type<Iterator>)
  Iterator connect(Iterator begin, Iterator end, error_code& ec) {
    return connect(begin, end, detail::any_endpoint(), ec);
  }
  /// As above, for the endpoints that `condition` selects.
  template <class Iterator, detail::connect_condition<Iterator> Condition>
  Iterator connect(Iterator begin, Iterator end, Condition condition) {
    error_code ec;
    const Iterator connected = connect(begin, end, std::move(condition), ec);
    detail::throw_if(ec, "connect");
    return connected;
  }
  template <class Iterator, detail::connect_condition<Iterator> Condition>
  Iterator connect(Iterator begin, Iterator end, Condition condition, error_code& ec) {
    return detail::connect_range_synchronously(state(), begin, end, std::move(condition), ec);
  }

  /// Connects the socket, opening it first if it is not open.
  ///
  /// An operation in both directions: no other one may be outstanding.
  ///
  /// @param endpoint The endpoint to connect to; it is copied.
  /// @param token A completion token with the signature `void(error_code)`.
  /// @par Errors
  /// `error::timeout` if the deadline (the earlier of those for reading and for writing) passes
  /// first, or had passed before; either closes the stream. `net::error::already_started` if
  /// another operation is outstanding; else those of the socket. After any of them the stream can
  /// connect again.
  /// @par Unix sockets
  /// If the listener's backlog is full, the connect waits for room until its deadline, and tries
  /// again every 1 to 64 ms.
  /// @par Cancellation
  /// Terminal, partial and total: `operation_aborted`. The stream stays open.
  /// @par Executor
  /// As for `async_write_some`.
  template <net::completion_token_for<void(error_code)> ConnectToken =
                net::default_completion_token_t<executor_type>>
  auto async_connect(const endpoint_type& endpoint,
                     ConnectToken&& token = net::default_completion_token_t<executor_type>()) {
    return net::async_initiate<ConnectToken, void(error_code)>(detail::connect_initiation(*this),
                                                               token, endpoint);
  }

  /// Connects the socket to one of several endpoints, trying them in their order.
  ///
  /// The socket is closed before each attempt. Otherwise as `async_connect` to one endpoint: all
  /// attempts share one deadline, and `cancel()`, `close()` and the cancellation slot end the whole
  /// operation, not only the current attempt.
  ///
  /// @param endpoints For example, the results of a resolver; copied.
  /// @param token A completion token with the signature `void(error_code, endpoint_type)`: the
  ///     endpoint connected to, or a default one.
  /// @par Errors
  /// That of the last attempt; `net::error::not_found` if there was none.
  template <detail::endpoint_sequence_type Endpoints,
            net::completion_token_for<void(error_code, endpoint_type)> ConnectToken =
                net::default_completion_token_t<executor_type>>
    requires(!detail::connect_condition<ConnectToken, detail::iterator_of<Endpoints>>)
  auto async_connect(const Endpoints& endpoints,
                     ConnectToken&& token = net::default_completion_token_t<executor_type>()) {
    return async_connect(endpoints, detail::any_endpoint(), std::forward<ConnectToken>(token));
  }
  /// As above, for the endpoints that `condition` selects, as for `net::async_connect`. It is
  /// called on the stream's executor (for the first endpoint, by this function).
  template <detail::endpoint_sequence_type Endpoints,
            detail::connect_condition<detail::iterator_of<Endpoints>> Condition,
            net::completion_token_for<void(error_code, endpoint_type)> ConnectToken =
                net::default_completion_token_t<executor_type>>
  auto async_connect(const Endpoints& endpoints, Condition condition,
                     ConnectToken&& token = net::default_completion_token_t<executor_type>()) {
    return net::async_initiate<ConnectToken, void(error_code, endpoint_type)>(
        detail::range_connect_initiation(*this), token,
        detail::endpoint_sequence<endpoint_type, Endpoints>(endpoints), std::move(condition));
  }

  /// The same for a range of endpoints, which has to stay valid until the handler is called.
  ///
  /// @param token A completion token with the signature `void(error_code, Iterator)`: the iterator
  ///     to the endpoint connected to, or `end`.
  template <class Iterator, net::completion_token_for<void(error_code, Iterator)> ConnectToken =
                                net::default_completion_token_t<executor_type>>
    requires(!detail::endpoint_sequence_type<Iterator> &&
             !detail::connect_condition<ConnectToken, Iterator>)
  auto async_connect(Iterator begin, Iterator end,
                     ConnectToken&& token = net::default_completion_token_t<executor_type>()) {
    return async_connect(begin, end, detail::any_endpoint(), std::forward<ConnectToken>(token));
  }
  /// As above, for the endpoints that `condition` selects.
  template <class Iterator, detail::connect_condition<Iterator> Condition,
            net::completion_token_for<void(error_code, Iterator)> ConnectToken =
                net::default_completion_token_t<executor_type>>
  auto async_connect(Iterator begin, Iterator end, Condition condition,
                     ConnectToken&& token = net::default_completion_token_t<executor_type>()) {
    return net::async_initiate<ConnectToken, void(error_code, Iterator)>(
        detail::range_connect_initiation(*this), token,
        detail::endpoint_range<Iterator>(begin, end), std::move(condition));
  }

  /// Reads some bytes, at least one. Blocks until there are any.
  ///
  /// @return The number of bytes read.
  /// @par Deadline
  /// Ignored, unless `sync_deadlines(true)` is set. Then `error::timeout` is reported when it
  /// passes, or if it has passed before, with the effect of `on_timeout`.
  /// @par Errors
  /// `net::error::eof` at the end of the stream; else those of the socket. Buffers of size zero are
  /// no error. After a signal the operation continues. (The socket's own operations, such as
  /// `socket().read_some()`, may report `net::error::interrupted`.)
  /// @par Rate policy
  /// Does not apply to synchronous operations.
  /// @throws boost::system::system_error In the overload without `ec`.
  template <class MutableBufferSequence>
  std::size_t read_some(const MutableBufferSequence& buffers) {
    error_code ec;
    const std::size_t bytes = read_some(buffers, ec);
    detail::throw_if(ec, "read_some");
    return bytes;
  }
  template <class MutableBufferSequence>
  std::size_t read_some(const MutableBufferSequence& buffers, error_code& ec) {
    return detail::transfer_synchronously<direction::read>(*state(), buffers, ec);
  }

  /// Writes some bytes, at least one. Blocks until there is room for any. Otherwise as `read_some`.
  template <class ConstBufferSequence>
  std::size_t write_some(const ConstBufferSequence& buffers) {
    error_code ec;
    const std::size_t bytes = write_some(buffers, ec);
    detail::throw_if(ec, "write_some");
    return bytes;
  }
  template <class ConstBufferSequence>
  std::size_t write_some(const ConstBufferSequence& buffers, error_code& ec) {
    return detail::transfer_synchronously<direction::write>(*state(), buffers, ec);
  }

  /// Reads some bytes: at least one, unless an error occurs.
  ///
  /// One read may be outstanding at a time.
  ///
  /// @param buffers The destination. The object is copied as needed; the caller keeps the memory
  ///     that it refers to valid until the handler is called. If its size is zero, the operation
  ///     completes without error, whatever else is outstanding or has expired.
  /// @param token A completion token with the signature `void(error_code, std::size_t)`: the number
  ///     of bytes read.
  /// @par Errors
  /// `net::error::eof` at the end of the stream; the others as for `async_write_some`.
  /// @par Cancellation, executor
  /// As for `async_write_some`.
  template <class MutableBufferSequence,
            net::completion_token_for<void(error_code, std::size_t)> ReadToken =
                net::default_completion_token_t<executor_type>>
    requires net::is_mutable_buffer_sequence<MutableBufferSequence>::value
  auto async_read_some(const MutableBufferSequence& buffers,
                       ReadToken&& token = net::default_completion_token_t<executor_type>()) {
    return net::async_initiate<ReadToken, void(error_code, std::size_t)>(
        detail::transfer_initiation<direction::read, socket_stream>(*this), token, buffers);
  }

  /// Writes some bytes: at least one, unless an error occurs. `net::async_write` writes them all.
  ///
  /// A composed operation over the socket's `async_write_some`. Always returns immediately. One
  /// write may be outstanding at a time.
  ///
  /// @param buffers The bytes. The object is copied as needed; the caller keeps the memory that
  ///     it refers to valid until the handler is called. If its size is zero, the operation
  ///     completes without error, whatever else is outstanding or has expired.
  /// @param token A completion token with the signature `void(error_code, std::size_t)`: the number
  ///     of bytes written, also with an error.
  /// @par Errors
  ///  - `error::timeout` if the deadline passes while the operation is outstanding, or had passed
  ///    before. The stream is then closed, unless `on_timeout` is set otherwise.
  ///  - `net::error::operation_aborted` if it is cancelled by `cancel()`, `close()`, the
  ///    destructor, or its cancellation slot.
  ///  - `net::error::already_started` if another write is outstanding, which continues.
  ///  - Otherwise those of the socket: `net::error::bad_descriptor` if it is not open.
  /// @par Cancellation
  /// Terminal, partial and total, through the slot associated with the handler: the operation
  /// reports `operation_aborted` and the bytes written. The stream stays open.
  /// @par Executor
  /// The handler runs on its associated executor, by default that of the stream. If the associated
  /// executor is not the stream's, the handler is dispatched to it when the operation has finished.
  /// The wait of the handler there does not count towards the deadline. If the operation completes
  /// immediately, the handler is dispatched to its associated immediate executor, by default as if
  /// by `post`. Only an immediate executor can call the handler within this function. (On a
  /// `timed::uring::io_context`, the operations that complete immediately are those that cannot
  /// start, those that transfer no bytes, and connects of Unix sockets.)
  /// @par Allocator
  /// The socket's operation uses the associated allocator, and frees its memory before the handler
  /// is called. A deadline allocates nothing, unless the executor is of a type that is not
  /// recognised (docs/design/deadlines.md has those that are).
  /// @par Thread safety
  /// As for `expires_after`. A chain of operations, of which one at a time is outstanding, may
  /// move from thread to thread without a strand.
  template <class ConstBufferSequence,
            net::completion_token_for<void(error_code, std::size_t)> WriteToken =
                net::default_completion_token_t<executor_type>>
    requires net::is_const_buffer_sequence<ConstBufferSequence>::value
  auto async_write_some(const ConstBufferSequence& buffers,
                        WriteToken&& token = net::default_completion_token_t<executor_type>()) {
    return net::async_initiate<WriteToken, void(error_code, std::size_t)>(
        detail::transfer_initiation<direction::write, socket_stream>(*this), token, buffers);
  }

 private:
  template <class OtherSocket, class OtherPolicy>
  friend class socket_stream;
  friend class detail::stream_access;

  struct from_socket {};

  template <class... PolicyArgs>
  socket_stream(Socket socket, from_socket, PolicyArgs&&... policy_args)
      : executor_(socket.get_executor()),
        state_(std::make_shared<state_type>(std::move(socket),
                                            std::forward<PolicyArgs>(policy_args)...)) {}

  // Returns the state. A stream that was moved from makes a new one.
  const std::shared_ptr<state_type>& state() const {
    if (!state_) [[unlikely]]
      make_state();
    return state_;
  }

  void close_at_once() noexcept {
    if (state_) state_->close();
  }

  void make_state() const {
    if constexpr (std::default_initializable<RatePolicy>) {
      state_ = std::make_shared<state_type>(Socket(executor_));
    } else {
      throw std::logic_error(
          "timed::basic_stream: this stream has been moved from, and its rate policy has no "
          "default constructor; assign another stream to it first");
    }
  }

  executor_type executor_;  // for the new state of a stream that was moved from
  mutable std::shared_ptr<state_type> state_;
};

}  // namespace timed

#endif  // TIMED_SOCKET_STREAM_H
