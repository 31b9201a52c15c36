// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STREAM_OVER_H
#define TIMED_DETAIL_STREAM_OVER_H

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "timed/detail/stream_state.h"
#include "timed/detail/timed_op.h"
#include "timed/error.h"
#include "timed/rate_policy.h"

namespace timed::detail {

/// @return `now + duration`, or the end of time where that cannot be represented.
template <class Clock, class Rep, class Period>
typename Clock::time_point saturating_deadline(std::chrono::duration<Rep, Period> duration) {
  using time_point = typename Clock::time_point;
  using seconds = std::chrono::duration<double>;
  const time_point now = Clock::now();
  // In floating point nothing overflows; a second of slack covers its rounding.
  const seconds wanted(duration);
  if (wanted >= seconds(time_point::max() - now) - seconds(1)) return time_point::max();
  if (!(wanted > -seconds(now.time_since_epoch())))
    return time_point();  // long past, or not a number
  return now + std::chrono::ceil<typename Clock::duration>(duration);
}

/// The timed stream over any socket that has Asio's interface: what `basic_stream` is on each
/// backend.
template <class Socket, class RatePolicy>
class stream_over {
  static_assert(std::is_same_v<RatePolicy, unlimited_rate_policy>,
                "This version has no rate policies besides timed::unlimited_rate_policy.");

  using state_type = stream_state<Socket>;

 public:
  /// The socket that the stream is over. (It is not called the next layer, so that
  /// `boost::beast::get_lowest_layer` of what is stacked on a stream yields the stream.)
  using socket_type = Socket;
  using lowest_layer_type = typename Socket::lowest_layer_type;
  using executor_type = typename Socket::executor_type;
  using protocol_type = typename Socket::protocol_type;
  using endpoint_type = typename Socket::endpoint_type;
  /// The clock of the deadlines: it neither jumps nor stands still with the wall clock.
  using clock_type = typename state_type::clock_type;
  using time_point = typename state_type::time_point;

  /// Constructs the socket from the arguments, which are those of one of its constructors: an
  /// execution context, an executor, either with a protocol, or a socket to take over.
  template <class Arg0, class... Args>
  requires(std::constructible_from<Socket, Arg0, Args...> &&
           !std::derived_from<std::remove_cvref_t<Arg0>,
                              stream_over>) explicit stream_over(Arg0&& arg0, Args&&... args)
      : state_(std::make_shared<state_type>(std::in_place, std::forward<Arg0>(arg0),
                                            std::forward<Args>(args)...)) {}

  /// Takes over the other stream's socket, deadlines and outstanding operations. The other may
  /// then be closed, cancelled, destroyed or assigned to, and nothing else. Does not allocate.
  stream_over(stream_over&& other) noexcept = default;

  /// As above; what this stream had outstanding reports `operation_aborted`.
  stream_over& operator=(stream_over&& other) noexcept {
    if (this != &other) {
      close();
      state_ = std::move(other.state_);
    }
    return *this;
  }

  /// Closes the socket. Outstanding operations report `operation_aborted`; their handlers are
  /// called after the stream is gone, and must not use it.
  ~stream_over() { close(); }

  /// @return The I/O executor: where handlers run that have no executor of their own, and where
  ///     deadlines are acted upon. If several threads run it and several operations may be
  ///     outstanding, it has to be a strand, as for any socket.
  executor_type get_executor() const noexcept { return state_->socket().get_executor(); }

  /// @return The socket. To close or cancel, prefer the stream's own functions: only they tell a
  ///     cancelled operation from one that timed out in the same moment.
  socket_type& socket() noexcept { return state_->socket(); }
  const socket_type& socket() const noexcept { return std::as_const(*state_).socket(); }

  lowest_layer_type& lowest_layer() noexcept { return socket().lowest_layer(); }
  const lowest_layer_type& lowest_layer() const noexcept { return socket().lowest_layer(); }

  /// Sets the deadline to `duration` from now.
  ///
  /// A deadline is a point in time and stays until it is set anew: it counts for each operation
  /// that is started afterwards, not for each one afresh. It is set for the directions (reading,
  /// writing) in which no operation is outstanding; so a read and a write can have different
  /// ones. If operations are outstanding in both, their deadlines are set.
  ///
  /// When it passes while an operation is outstanding, the stream is closed, and every operation
  /// that is outstanding on it reports `error::timeout`, with the bytes it had transferred.
  ///
  /// @param duration If it is zero or negative, the deadline has passed; if `now + duration`
  ///     cannot be represented, there is none.
  /// @par Thread safety
  /// Like every function here, not to be called concurrently with another one of this stream.
  template <class Rep, class Period>
  void expires_after(std::chrono::duration<Rep, Period> duration) {
    state_->set_deadline(saturating_deadline<clock_type>(duration));
  }

  /// Sets the deadline to a point in time; otherwise as `expires_after`.
  /// @param deadline `time_point::max()` is the same as `expires_never()`.
  void expires_at(time_point deadline) { state_->set_deadline(deadline); }

  /// Removes the deadline; otherwise as `expires_after`. Without one, operations take as long as
  /// they take. A new stream has none.
  void expires_never() { state_->set_deadline(state_type::never()); }

  /// Cancels all outstanding operations. They report `operation_aborted`, unless their deadline
  /// had passed already; the stream stays open. Errors are ignored: there are none but that it
  /// is not open.
  void cancel() {
    error_code ignored;
    if (state_) state_->cancel(ignored);
  }

  /// Closes the stream. Outstanding operations report `operation_aborted`, unless their deadline
  /// had passed already. Errors are ignored: the socket is closed in any case.
  void close() {
    error_code ignored;
    if (state_) state_->close(ignored);
  }

  /// Connects the socket, opening it first if it is not open.
  ///
  /// Occupies both directions: no other operation may be outstanding.
  ///
  /// @param endpoint What to connect to; it is copied.
  /// @param token A completion token with the signature `void(error_code)`.
  /// @par Errors
  /// `error::timeout` if the deadline passes first (of the deadlines for reading and for writing,
  /// the earlier), or had passed before, which closes the stream; `net::error::already_started`
  /// if another operation is outstanding; else those of the socket.
  /// @par Cancellation
  /// Terminal, partial and total: `operation_aborted`. The stream stays open.
  /// @par Executor
  /// As for `async_write_some`.
  template <net::completion_token_for<void(error_code)> ConnectToken =
                net::default_completion_token_t<executor_type>>
  auto async_connect(const endpoint_type& endpoint,
                     ConnectToken&& token = net::default_completion_token_t<executor_type>()) {
    return net::async_initiate<ConnectToken, void(error_code)>(connect_initiation(*this), token,
                                                               endpoint);
  }

  /// Reads some bytes: at least one, unless an error occurs.
  ///
  /// Occupies the reading direction: one read may be outstanding at a time.
  ///
  /// @param buffers Where the bytes go. The object is copied as needed; the caller keeps the
  ///     memory that it refers to valid until the handler is called. If its size is zero, the
  ///     operation completes with no error, whatever else is outstanding or has expired.
  /// @param token A completion token with the signature `void(error_code, std::size_t)`, the
  ///     latter being the number of bytes read.
  /// @par Errors
  /// `net::error::eof` at the stream's end; for the rest as for `async_write_some`.
  /// @par Cancellation, executor
  /// As for `async_write_some`.
  template <class MutableBufferSequence,
            net::completion_token_for<void(error_code, std::size_t)> ReadToken =
                net::default_completion_token_t<executor_type>>
  requires net::is_mutable_buffer_sequence<MutableBufferSequence>::value auto async_read_some(
      const MutableBufferSequence& buffers,
      ReadToken&& token = net::default_completion_token_t<executor_type>()) {
    return net::async_initiate<ReadToken, void(error_code, std::size_t)>(
        transfer_initiation<directions::read>(*this), token, buffers);
  }

  /// Writes some bytes: at least one, unless an error occurs. `net::async_write` writes them all.
  ///
  /// A composed operation over the socket's `async_write_some`. Always returns at once. Occupies
  /// the writing direction: one write may be outstanding at a time.
  ///
  /// @param buffers The bytes. The object is copied as needed; the caller keeps the memory that
  ///     it refers to valid until the handler is called. If its size is zero, the operation
  ///     completes with no error, whatever else is outstanding or has expired.
  /// @param token A completion token with the signature `void(error_code, std::size_t)`, the
  ///     latter being the number of bytes written; with an error, too, it is what was written.
  /// @par Errors
  ///  - `error::timeout` if the deadline passes while the operation is outstanding, or had passed
  ///    before. The stream is then closed.
  ///  - `net::error::operation_aborted` if it is cancelled by `cancel()`, `close()`, the
  ///    destructor, or its cancellation slot.
  ///  - `net::error::already_started` if a write is outstanding; that one goes on unharmed.
  ///  - What the socket reports otherwise: `net::error::bad_descriptor` where it is not open.
  /// @par Cancellation
  /// Terminal, partial and total, through the slot associated with the handler: the operation
  /// reports `operation_aborted` and the bytes written. The stream stays open.
  /// @par Executor
  /// The handler is never called by this function itself. It runs on its associated executor, by
  /// default that of the stream; if it has another one than the stream, it is dispatched to it
  /// when the operation is over, and how long it then waits there does not count against the
  /// deadline. Where the operation completes at once, it is dispatched to its associated immediate
  /// executor if it has one, else submitted as if by `post`.
  /// @par Allocator
  /// The associated allocator serves the socket's operation, whose memory is free again before the
  /// handler is called. Asio's timers, which keep the deadlines, use their own.
  /// @par Thread safety
  /// As for `expires_after`. A chain of operations, of which one at a time is outstanding, may
  /// hop from thread to thread without a strand.
  template <class ConstBufferSequence,
            net::completion_token_for<void(error_code, std::size_t)> WriteToken =
                net::default_completion_token_t<executor_type>>
  requires net::is_const_buffer_sequence<ConstBufferSequence>::value auto async_write_some(
      const ConstBufferSequence& buffers,
      WriteToken&& token = net::default_completion_token_t<executor_type>()) {
    return net::async_initiate<WriteToken, void(error_code, std::size_t)>(
        transfer_initiation<directions::write>(*this), token, buffers);
  }

 private:
  // Initiation objects have an executor, so that token adapters such as cancel_after find it.
  class initiation {
   public:
    using executor_type = typename stream_over::executor_type;

    explicit initiation(stream_over& stream) : stream_(&stream) {}
    executor_type get_executor() const noexcept { return stream_->get_executor(); }

   protected:
    const std::shared_ptr<state_type>& state() const noexcept { return stream_->state_; }

   private:
    stream_over* stream_;
  };

  struct connect_initiation : initiation {
    using initiation::initiation;

    template <class Handler>
    void operator()(Handler&& handler, const endpoint_type& endpoint) const {
      Socket& socket = this->state()->socket();
      run_timed(this->state(), directions::both, std::forward<Handler>(handler),
                [&](auto&& op) { socket.async_connect(endpoint, std::move(op)); });
    }
  };

  template <directions which>
  struct transfer_initiation : initiation {
    using initiation::initiation;

    template <class Handler, class Buffers>
    void operator()(Handler&& handler, const Buffers& buffers) const {
      if (net::buffer_size(buffers) == 0) {
        return complete_immediately(this->get_executor(),
                                    std::decay_t<Handler>(std::forward<Handler>(handler)),
                                    error_code(), std::size_t(0));
      }
      Socket& socket = this->state()->socket();
      const auto start = [&](auto&& op) {
        if constexpr (which == directions::read) {
          socket.async_read_some(buffers, std::move(op));
        } else {
          socket.async_write_some(buffers, std::move(op));
        }
      };
      run_timed(this->state(), which, std::forward<Handler>(handler), start, std::size_t(0));
    }
  };

  std::shared_ptr<state_type> state_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STREAM_OVER_H
