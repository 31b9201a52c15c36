// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// What all sockets on a `timed::uring::io_context` have in common.

#ifndef TIMED_URING_BASIC_SOCKET_H
#define TIMED_URING_BASIC_SOCKET_H

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>
#include <concepts>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "timed/detail/always_inline.h"
#include "timed/detail/descriptor_calls.h"
#include "timed/uring/detail/loop/descriptor.h"
#include "timed/uring/detail/loop/loop.h"
#include "timed/uring/detail/socket/completion.h"
#include "timed/uring/detail/socket/kinds.h"
#include "timed/uring/detail/socket/socket_calls.h"
#include "timed/uring/io_context.h"

namespace timed::uring {

namespace net = boost::asio;
/// The error code of all operations, as in Asio.
using error_code = boost::system::error_code;

namespace detail {

/// Whether a socket can be made from one of another type.
template <class Protocol, class Executor, class OtherProtocol, class OtherExecutor>
concept other_socket =
    !(std::same_as<Protocol, OtherProtocol> &&
      std::same_as<Executor, OtherExecutor>)&&std::convertible_to<OtherProtocol, Protocol> &&
    std::constructible_from<Executor, OtherExecutor>;
/// For functions that make sockets from descriptors.
struct socket_access {
  /// Assigns a new descriptor to the socket. If the socket is open, or there is no memory, closes
  /// the descriptor.
  /// @throws std::bad_alloc
  template <class Socket>
  static void own_new(Socket& socket, const typename Socket::protocol_type& protocol, int native,
                      error_code& ec) {
    timed::detail::unique_descriptor owned(native);
    ec = socket.is_open() ? error_code(net::error::already_open) : error_code();
    if (ec) return;
    socket.own(protocol, native);
    (void)owned.release();
  }

  /// Submits what was started before, so that a system call on the descriptor follows it.
  template <class Socket>
  static void submit_started(Socket& socket) noexcept {
    if (socket.is_open()) socket.submit_started();
  }
};

}  // namespace detail

/// A socket on a `timed::uring::io_context`, with the interface of `net::basic_socket`. Its
/// functions do what those of the same name do there, with the differences below.
///
/// Operations of one direction that are started while another one is outstanding follow it, as with
/// Asio.
///
/// @par Closing
/// `close()` ends the connection at once. On another thread than the context's, a socket that is
/// registered with the ring or has operations outstanding is closed when the context runs next.
/// Outstanding operations report `operation_aborted`. Other processes that have
/// the file, such as a forked child, are not affected. The buffer of an operation is in use until
/// its handler is called, and the file descriptor until the last operation has completed. Only then
/// may the number of the descriptor be reused.
///
/// If the option `linger` was set with a time, `close()` waits as close(2) does, unless it leaves
/// outstanding operations to the context. The destructor and assignment never wait.
///
/// @par Connecting Unix sockets
/// `async_connect` reports `net::error::no_buffer_space` if the listener's backlog is full.
///
/// @par Cancellation
/// Each operation supports terminal, partial and total cancellation. If it has transferred bytes
/// before, it reports these and no error.
///
/// @par Thread safety
/// As Asio's: not to be called concurrently.
template <class Protocol, class Executor = net::any_io_executor>
class basic_socket : public net::socket_base {
 public:
  /// The type of the I/O executor.
  using executor_type = Executor;
  /// The protocol, such as TCP.
  using protocol_type = Protocol;
  /// An address of that protocol.
  using endpoint_type = typename Protocol::endpoint;
  /// A file descriptor.
  using native_handle_type = int;
  /// This class.
  using lowest_layer_type = basic_socket;

  /// The same socket on another type of executor.
  template <class OtherExecutor>
  struct rebind_executor {
    /// The socket on the other executor.
    using other = basic_socket<Protocol, OtherExecutor>;
  };

  /// Makes a socket that is not open.
  /// @param executor An executor of a `timed::uring::io_context`, or an adapter of one, such as a
  ///     strand.
  /// @throws std::invalid_argument if it is of another context.
  explicit basic_socket(const executor_type& executor) : executor_(executor) {}
  /// As above, of a context.
  template <class Context>
    requires(std::derived_from<Context, net::execution_context> &&
             std::constructible_from<Executor, io_context::executor_type>)
  explicit basic_socket(Context& context)
      : basic_socket(detail::make_executor<executor_type>(context)) {}

  /// Opens the socket too.
  template <class ExecutorOrContext>
    requires std::constructible_from<basic_socket, ExecutorOrContext&>
  basic_socket(ExecutorOrContext&& on, const protocol_type& protocol) : basic_socket(on) {
    open(protocol);
  }
  /// Opens it, and binds it to an endpoint.
  template <class ExecutorOrContext>
    requires std::constructible_from<basic_socket, ExecutorOrContext&>
  basic_socket(ExecutorOrContext&& on, const endpoint_type& endpoint)
      : basic_socket(on, endpoint.protocol()) {
    bind(endpoint);
  }
  /// Takes over a descriptor.
  template <class ExecutorOrContext>
    requires std::constructible_from<basic_socket, ExecutorOrContext&>
  basic_socket(ExecutorOrContext&& on, const protocol_type& protocol, native_handle_type native)
      : basic_socket(on) {
    assign(protocol, native);
  }

  /// Moves the socket, with its outstanding operations.
  basic_socket(basic_socket&& other) noexcept
      : executor_(other.executor_),
        descriptor_(std::move(other.descriptor_)),
        protocol_(other.protocol_),
        is_non_blocking_(std::exchange(other.is_non_blocking_, false)) {}
  /// As above; the socket that it has is closed first.
  basic_socket& operator=(basic_socket&& other) noexcept {
    if (this == &other) return *this;
    stop_lingering();
    descriptor_ = std::move(other.descriptor_);
    executor_ = other.executor_;
    protocol_ = other.protocol_;
    is_non_blocking_ = std::exchange(other.is_non_blocking_, false);
    return *this;
  }
  /// From one of another protocol, such as `generic::stream_protocol` from `ip::tcp`, or with
  /// another type of executor, of the same context.
  template <class OtherProtocol, class OtherExecutor>
    requires detail::other_socket<Protocol, Executor, OtherProtocol, OtherExecutor>
  basic_socket(basic_socket<OtherProtocol, OtherExecutor>&& other)
      : executor_(other.executor_),
        descriptor_(std::move(other.descriptor_)),
        protocol_(other.protocol_),
        is_non_blocking_(std::exchange(other.is_non_blocking_, false)) {}
  /// As above; the socket that it has is closed first.
  template <class OtherProtocol, class OtherExecutor>
    requires detail::other_socket<Protocol, Executor, OtherProtocol, OtherExecutor>
  basic_socket& operator=(basic_socket<OtherProtocol, OtherExecutor>&& other) {
    return *this = basic_socket(std::move(other));
  }

  /// Returns the I/O executor.
  executor_type get_executor() const noexcept { return executor_.get(); }
  /// Returns this socket.
  lowest_layer_type& lowest_layer() noexcept { return *this; }
  /// As above, for a constant object.
  const lowest_layer_type& lowest_layer() const noexcept { return *this; }

  /// Opens the socket.
  void open(const protocol_type& protocol = protocol_type()) {
    error_code ec;
    open(protocol, ec);
    detail::throw_if(ec, "open");
  }
  void open(const protocol_type& protocol, error_code& ec) {
    if (is_open()) {
      ec = net::error::already_open;
      return;
    }
    const int native =
        ::socket(protocol.family(), protocol.type() | SOCK_CLOEXEC, protocol.protocol());
    ec = detail::error_if(native);
    if (!ec) detail::socket_access::own_new(*this, protocol, native, ec);
  }

  /// Takes over a descriptor, if the socket is not open.
  void assign(const protocol_type& protocol, native_handle_type native) {
    error_code ec;
    assign(protocol, native, ec);
    detail::throw_if(ec, "assign");
  }
  void assign(const protocol_type& protocol, native_handle_type native, error_code& ec) {
    ec = is_open() ? net::error::already_open : detail::error_if(::fcntl(native, F_GETFD));
    if (!ec) own(protocol, native);
  }

  /// Returns whether it is open.
  bool is_open() const noexcept { return descriptor_ != nullptr; }

  /// Closes the socket; see above.
  void close() { descriptor_.reset(); }
  void close(error_code& ec) {
    ec = {};
    close();
  }

  /// Releases the descriptor. Outstanding operations are cancelled. If there are any, the
  /// returned descriptor has a new number, since the old one is still in use. On a thread other
  /// than the context's, the number may be new even if there are none.
  /// @return The descriptor; -1 if the socket was not open, or no number is left.
  native_handle_type release() { return descriptor_ ? descriptor_.release()->detach() : -1; }
  /// As above; the error is `bad_descriptor` if the socket was not open.
  native_handle_type release(error_code& ec) {
    ec = is_open() ? error_code() : net::error::bad_descriptor;
    return release();
  }

  /// Returns the file descriptor; -1 if it is not open.
  native_handle_type native_handle() const noexcept {
    return descriptor_ ? descriptor_->number() : -1;
  }

  /// Cancels all outstanding operations; they report `operation_aborted`.
  void cancel() {
    error_code ec;
    cancel(ec);
    detail::throw_if(ec, "cancel");
  }
  void cancel(error_code& ec) {
    if (!check_open(ec)) return;
    descriptor_->cancel_all();
  }

  /// Returns whether the next byte is out-of-band data.
  bool at_mark() const {
    error_code ec;
    const bool result = at_mark(ec);
    detail::throw_if(ec, "at_mark");
    return result;
  }
  bool at_mark(error_code& ec) const {
    int value = 0;
    ec = detail::error_if(::ioctl(native_handle(), SIOCATMARK, &value));
    return !ec && value != 0;
  }

  /// Returns how many bytes can be read without blocking.
  std::size_t available() const {
    error_code ec;
    const std::size_t result = available(ec);
    detail::throw_if(ec, "available");
    return result;
  }
  std::size_t available(error_code& ec) const {
    int value = 0;
    ec = detail::error_if(::ioctl(native_handle(), FIONREAD, &value));
    return ec ? 0 : static_cast<std::size_t>(value);
  }

  /// Binds the socket to a local address.
  void bind(const endpoint_type& endpoint) {
    error_code ec;
    bind(endpoint, ec);
    detail::throw_if(ec, "bind");
  }
  void bind(const endpoint_type& endpoint, error_code& ec) {
    ec = detail::error_if(::bind(native_handle(), timed::detail::address_of(endpoint),
                                 static_cast<::socklen_t>(endpoint.size())));
  }

  /// Connects, opening the socket first if it is not open. Blocks until it is connected.
  void connect(const endpoint_type& peer) {
    error_code ec;
    connect(peer, ec);
    detail::throw_if(ec, "connect");
  }
  void connect(const endpoint_type& peer, error_code& ec) {
    if (!is_open()) {
      open(peer.protocol(), ec);
      if (ec) return;
    }
    detail::connect(native_handle(), peer.data(), static_cast<::socklen_t>(peer.size()), true, ec);
  }

  /// Shuts down one direction or both, after the operations that were started before. If some are
  /// outstanding and this is not the context's thread, that thread does it, and its error is not
  /// reported.
  void shutdown(shutdown_type what) {
    error_code ec;
    shutdown(what, ec);
    detail::throw_if(ec, "shutdown");
  }
  void shutdown(shutdown_type what, error_code& ec) {
    if (!check_open(ec)) return;
    try {
      ec = detail::error_if(descriptor_->shut_down(what));
    } catch (const std::bad_alloc&) {
      ec = net::error::no_memory;
    }
  }

  /// Sets an option, such as `net::socket_base::keep_alive`.
  template <class Option>
  void set_option(const Option& option) {
    error_code ec;
    set_option(option, ec);
    detail::throw_if(ec, "set_option");
  }
  template <class Option>
  void set_option(const Option& option, error_code& ec) {
    if constexpr (std::same_as<Option,
                               enable_connection_aborted>) {  // The kernel does not know it.
      if (check_open(ec)) descriptor_->report_aborted(option.value());
      return;
    }
    ec = detail::error_if(::setsockopt(native_handle(), option.level(protocol_),
                                       option.name(protocol_), option.data(protocol_),
                                       static_cast<::socklen_t>(option.size(protocol_))));
    const bool is_linger =
        option.level(protocol_) == SOL_SOCKET && option.name(protocol_) == SO_LINGER;
    if (is_linger && descriptor_) descriptor_->note_linger();
  }
  /// Asks for the value of an option.
  template <class Option>
  void get_option(Option& option) const {
    error_code ec;
    get_option(option, ec);
    detail::throw_if(ec, "get_option");
  }
  template <class Option>
  void get_option(Option& option, error_code& ec) const {
    if constexpr (std::same_as<Option, enable_connection_aborted>) {
      if (check_open(ec)) option = descriptor_->reports_aborted();
      return;
    }
    auto size = static_cast<::socklen_t>(option.size(protocol_));
    ec = detail::get_option(native_handle(), option.level(protocol_), option.name(protocol_),
                            option.data(protocol_), size);
    if (!ec) option.resize(protocol_, size);
  }

  /// Carries out a command by ioctl(2).
  template <class Command>
  void io_control(Command& command) {
    error_code ec;
    io_control(command, ec);
    detail::throw_if(ec, "io_control");
  }
  template <class Command>
  void io_control(Command& command, error_code& ec) {
    ec = detail::error_if(
        ::ioctl(native_handle(), static_cast<unsigned long>(command.name()), command.data()));
  }

  /// Returns whether synchronous operations, except `connect()`, report `would_block` instead of
  /// blocking.
  bool non_blocking() const noexcept { return is_non_blocking_; }
  /// Sets whether they do.
  void non_blocking(bool mode) {
    error_code ec;
    non_blocking(mode, ec);
    detail::throw_if(ec, "non_blocking");
  }
  void non_blocking(bool mode, error_code& ec) {
    if (check_open(ec)) is_non_blocking_ = mode;
  }

  /// The mode of the descriptor itself. The socket's reads, writes and accepts do not depend on it.
  bool native_non_blocking() const {
    error_code ec;
    return detail::is_native_non_blocking(native_handle(), ec);
  }
  /// Sets the mode of the descriptor itself.
  void native_non_blocking(bool mode) {
    error_code ec;
    native_non_blocking(mode, ec);
    detail::throw_if(ec, "native_non_blocking");
  }
  void native_non_blocking(bool mode, error_code& ec) {
    detail::set_native_non_blocking(native_handle(), mode, ec);
  }

  /// Returns the address that it is bound to.
  endpoint_type local_endpoint() const {
    error_code ec;
    const endpoint_type endpoint = local_endpoint(ec);
    detail::throw_if(ec, "local_endpoint");
    return endpoint;
  }
  endpoint_type local_endpoint(error_code& ec) const {
    return name_by(::getsockname, native_handle(), ec);
  }
  /// Returns the address of the peer.
  endpoint_type remote_endpoint() const {
    error_code ec;
    const endpoint_type endpoint = remote_endpoint(ec);
    detail::throw_if(ec, "remote_endpoint");
    return endpoint;
  }
  endpoint_type remote_endpoint(error_code& ec) const {
    return name_by(::getpeername, native_handle(), ec);
  }

  /// Blocks until the socket is ready.
  void wait(wait_type what) {
    error_code ec;
    wait(what, ec);
    detail::throw_if(ec, "wait");
  }
  void wait(wait_type what, error_code& ec) {
    if (check_open(ec)) {
      ec = detail::wait_until_ready(native_handle(), events_of(what), !is_non_blocking_);
    }
  }

  /// Waits until the socket is ready.
  /// @param token A completion token with the signature `void(error_code)`.
  template <net::completion_token_for<void(error_code)> Token =
                net::default_completion_token_t<executor_type>>
  auto async_wait(wait_type what,
                  Token&& token = net::default_completion_token_t<executor_type>()) {
    return net::async_initiate<Token, void(error_code)>(wait_initiation(*this), token, what);
  }

  /// Connects, opening the socket first if it is not open.
  /// @param peer It is copied.
  /// @param token A completion token with the signature `void(error_code)`.
  template <net::completion_token_for<void(error_code)> Token =
                net::default_completion_token_t<executor_type>>
  auto async_connect(const endpoint_type& peer,
                     Token&& token = net::default_completion_token_t<executor_type>()) {
    return net::async_initiate<Token, void(error_code)>(connect_initiation(*this), token, peer);
  }

  ~basic_socket() { stop_lingering(); }

 protected:
  // Initiation objects have an executor, so that token adapters such as cancel_after find it.
  class initiation {
   public:
    using executor_type = Executor;

    explicit initiation(basic_socket& socket) : socket_(&socket) {}
    executor_type get_executor() const noexcept { return socket_->get_executor(); }

   protected:
    basic_socket& socket() const noexcept { return *socket_; }

   private:
    basic_socket* socket_;
  };

  /// Starts an operation, or completes it with an error if the socket is not open. Inlined whatever
  /// the compiler's limits say: the arguments then need not be stored for a call.
  template <class Kind, class Handler, class... NoResults>
  TIMED_ALWAYS_INLINE void start(Kind kind, Handler&& handler, NoResults... no_results) {
    if (!descriptor_) [[unlikely]] {
      return complete(std::forward<Handler>(handler), error_code(net::error::bad_descriptor),
                      std::move(no_results)...);
    }
    detail::with_handler_for_loop(
        std::forward<Handler>(handler), executor_,
        detail::operation_start<Kind>{std::move(kind), descriptor_.get()});
  }

  /// Completes an operation that is not started.
  template <class Handler, class... Results>
  [[gnu::noinline]] void complete(Handler&& handler, Results... results) {
    const executor_type executor = executor_.get();
    timed::detail::complete_immediately(
        executor, std::decay_t<Handler>(std::forward<Handler>(handler)), std::move(results)...);
  }

  bool check_open(error_code& ec) const {
    ec = is_open() ? error_code() : net::error::bad_descriptor;
    return is_open();
  }

  /// Submits what was started before, so that a synchronous operation follows it.
  void submit_started() noexcept { (void)descriptor_->submit_started(); }

  /// Returns the protocol that it was opened with.
  const protocol_type& protocol() const noexcept { return protocol_; }

  /// Returns the endpoint at the other end of a connection; the default one if it has been reset.
  static endpoint_type peer_of(int native) {
    error_code ec;
    return name_by(::getpeername, native, ec);
  }

  /// Returns the descriptor; null if the socket is not open.
  detail::descriptor* descriptor() const noexcept { return descriptor_.get(); }

 private:
  template <class, class>
  friend class basic_socket;
  friend struct detail::socket_access;

  struct wait_initiation : initiation {
    using initiation::initiation;

    template <class Handler>
    void operator()(Handler&& handler, wait_type what) const {
      using lane = detail::request::lane;
      const lane in = what == wait_read    ? lane::read
                      : what == wait_write ? lane::write
                                           : lane::other;
      this->socket().start(detail::wait_kind{in, events_of(what)}, std::forward<Handler>(handler));
    }
  };

  struct connect_initiation : initiation {
    using initiation::initiation;

    template <class Handler>
    void operator()(Handler&& handler, const endpoint_type& peer) const {
      error_code ec;
      if (!this->socket().is_open()) this->socket().open(peer.protocol(), ec);
      if (!ec && timed::detail::is_local(peer)) {
        // It does not block. In the ring it would block one of the kernel's threads until there is
        // room in the backlog.
        detail::connect_at_once(this->socket().native_handle(), peer.data(),
                                static_cast<::socklen_t>(peer.size()), ec);
        return this->socket().complete(std::forward<Handler>(handler), ec);
      }
      if (ec) return this->socket().complete(std::forward<Handler>(handler), ec);
      this->socket().start(detail::connect_kind<endpoint_type>{peer},
                           std::forward<Handler>(handler));
    }
  };

  static short events_of(wait_type what) {
    if (what == wait_read) return POLLIN;
    if (what == wait_write) return POLLOUT;
    return POLLPRI | POLLERR | POLLHUP;
  }

  // The endpoint that getsockname(2) or getpeername(2) returns.
  template <class Function>
  static endpoint_type name_by(Function function, int native, error_code& ec) {
    endpoint_type endpoint;
    auto size = static_cast<::socklen_t>(endpoint.capacity());
    ec = detail::error_if(function(native, reinterpret_cast<::sockaddr*>(endpoint.data()), &size));
    if (ec) return endpoint_type();
    endpoint.resize(size);
    return endpoint;
  }

  void stop_lingering() noexcept {
    if (descriptor_) descriptor_->stop_lingering();
  }

  // Takes over the descriptor, unless it throws.
  void own(const protocol_type& protocol, int native) {
    descriptor_.reset(new detail::descriptor(executor_.where(), native));
    protocol_ = protocol;
    is_non_blocking_ = false;
  }

  detail::io_executor<executor_type> executor_;
  detail::descriptor_ptr descriptor_;
  protocol_type protocol_ = endpoint_type().protocol();
  bool is_non_blocking_ = false;
};

}  // namespace timed::uring

#endif  // TIMED_URING_BASIC_SOCKET_H
