// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// Acceptors on a `timed::uring::io_context`.

#ifndef TIMED_URING_BASIC_ACCEPTOR_H
#define TIMED_URING_BASIC_ACCEPTOR_H

#include <sys/socket.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "timed/uring/basic_socket.h"
#include "timed/uring/basic_stream_socket.h"
#include "timed/uring/detail/loop/multishot_acceptor.h"

namespace timed::uring {

namespace detail {

template <class T>
concept context = std::convertible_to<T&, net::execution_context&>;
template <class T>
concept executor_or_context =
    context<T> || net::execution::is_executor<std::remove_cvref_t<T>>::value;

template <executor_or_context T>
auto executor_of(T& executor_or_context) {
  if constexpr (context<T>) {
    return executor_or_context.get_executor();
  } else {
    return executor_or_context;
  }
}
template <class T>
using executor_of_t = std::remove_cv_t<decltype(executor_of(std::declval<T&>()))>;

}  // namespace detail

/// Accepts connections, with the interface of `net::basic_socket_acceptor`.
///
/// @code
/// timed::uring::basic_acceptor<net::ip::tcp> acceptor(context, {net::ip::tcp::v4(), 7777});
/// acceptor.multishot_accept(128);
/// acceptor.async_accept([](timed::error_code ec, auto socket) { ... });
/// @endcode
///
/// Cancellation, closing and thread safety are as for `basic_socket`.
template <class Protocol, class Executor = net::any_io_executor>
class basic_acceptor : public basic_socket<Protocol, Executor> {
  using base = basic_socket<Protocol, Executor>;

 public:
  using typename base::endpoint_type;
  using typename base::executor_type;
  using typename base::protocol_type;
  using typename base::wait_type;

  /// The same acceptor on another type of executor.
  template <class OtherExecutor>
  struct rebind_executor {
    /// The acceptor on the other executor.
    using other = basic_acceptor<Protocol, OtherExecutor>;
  };

  /// The socket that is accepted for an executor, or a context.
  template <class On>
  using socket_on = basic_stream_socket<Protocol, detail::executor_of_t<On>>;

  /// Makes an acceptor that is not open.
  explicit basic_acceptor(const executor_type& executor) : base(executor) {}
  /// As above, of a context.
  template <class Context>
    requires std::constructible_from<base, Context&>
  explicit basic_acceptor(Context& context) : base(context) {}
  /// Opens it too.
  template <class ExecutorOrContext>
    requires std::constructible_from<base, ExecutorOrContext&>
  basic_acceptor(ExecutorOrContext&& on, const protocol_type& protocol) : base(on, protocol) {}
  /// Opens it, binds it to the endpoint, and listens.
  template <class ExecutorOrContext>
    requires std::constructible_from<base, ExecutorOrContext&>
  basic_acceptor(ExecutorOrContext&& on, const endpoint_type& endpoint, bool reuse_addr = true)
      : base(on, endpoint.protocol()) {
    if (reuse_addr) this->set_option(net::socket_base::reuse_address(true));
    this->bind(endpoint);
    listen();
  }
  /// Takes over a descriptor.
  template <class ExecutorOrContext>
    requires std::constructible_from<base, ExecutorOrContext&>
  basic_acceptor(ExecutorOrContext&& on, const protocol_type& protocol, int native)
      : base(on, protocol, native) {}
  /// Moves the acceptor, with its outstanding operations.
  basic_acceptor(basic_acceptor&&) noexcept = default;
  /// As above; the acceptor that it has is closed first.
  basic_acceptor& operator=(basic_acceptor&&) noexcept = default;
  /// From one of another protocol, or with another type of executor, of the same context.
  template <class OtherProtocol, class OtherExecutor>
    requires detail::other_socket<Protocol, Executor, OtherProtocol, OtherExecutor>
  basic_acceptor(basic_acceptor<OtherProtocol, OtherExecutor>&& other)
      : base(static_cast<basic_socket<OtherProtocol, OtherExecutor>&&>(other)) {}
  /// As above; the acceptor that it has is closed first.
  template <class OtherProtocol, class OtherExecutor>
    requires detail::other_socket<Protocol, Executor, OtherProtocol, OtherExecutor>
  basic_acceptor& operator=(basic_acceptor<OtherProtocol, OtherExecutor>&& other) {
    return *this = basic_acceptor(std::move(other));
  }
  ~basic_acceptor() = default;

  /// Starts listening.
  /// @param backlog How many connections may wait to be accepted.
  void listen(int backlog = net::socket_base::max_listen_connections) {
    error_code ec;
    listen(backlog, ec);
    detail::throw_if(ec, "listen");
  }
  void listen(int backlog, error_code& ec) {
    ec = detail::error_if(::listen(this->native_handle(), backlog));
  }

  /// Lets the kernel accept connections before they are asked for (multishot accept): one entry of
  /// the ring serves many connections. That begins when an `async_accept` finds no connection. Each
  /// connection goes to the oldest `async_accept`. If there is none, the connection is stored for
  /// the next `async_accept` or `accept`, which then has it at once.
  ///
  /// Stored connections stay when operations are cancelled, when the acceptor is moved, and when
  /// the context changes threads. They are closed with the acceptor, and by `release()`. After a
  /// fork(2), both processes have them. `wait(wait_read)` and `async_wait(wait_read)` complete if
  /// there are any; poll(2) on the native handle does not report them.
  ///
  /// If the multishot accept ends with an error (such as `no_descriptors`), the oldest
  /// `async_accept` reports that. If there is none, the error is not reported: it occurs again if
  /// it lasts.
  ///
  /// If the kernel does not support it, each connection is accepted by an entry of its own.
  ///
  /// @param limit Number of connections to store. With as many, the multishot accept is stopped;
  ///     connections that arrive until then are stored too. It begins again when an `async_accept`
  ///     finds none stored. Zero, the default: connections are accepted when they are asked for;
  ///     stored ones are delivered before that. Opening an acceptor resets the limit to zero.
  /// @throws boost::system::system_error with `bad_descriptor` if the acceptor is not open.
  /// @throws std::bad_alloc
  ///
  /// Thread safety: on any thread, but not concurrently with another call of this acceptor's.
  void multishot_accept(std::size_t limit) {
    error_code ec;
    multishot_accept(limit, ec);
    detail::throw_if(ec, "multishot_accept");
  }
  void multishot_accept(std::size_t limit, error_code& ec) {
    if (this->check_open(ec)) this->descriptor()->multishot_accept(limit);
  }

  /// Blocks until the acceptor is ready: with `wait_read`, until there is a connection.
  void wait(wait_type what) {
    error_code ec;
    wait(what, ec);
    detail::throw_if(ec, "wait");
  }
  void wait(wait_type what, error_code& ec) {
    detail::multishot_acceptor* const multishot = acceptor();
    if (what == base::wait_read && multishot != nullptr &&
        multishot->find_source(!this->non_blocking()) ==
            detail::multishot_acceptor::source::stored) {
      ec = {};
    } else {
      base::wait(what, ec);
    }
  }

  /// @name Accepting a connection into `peer`, which must not be open
  /// @{

  /// Accepts a connection. Blocks until there is one, unless the acceptor is non-blocking.
  template <class PeerProtocol, class PeerExecutor>
    requires std::convertible_to<Protocol, PeerProtocol>
  void accept(basic_socket<PeerProtocol, PeerExecutor>& peer) {
    error_code ec;
    accept(peer, ec);
    detail::throw_if(ec, "accept");
  }
  template <class PeerProtocol, class PeerExecutor>
    requires std::convertible_to<Protocol, PeerProtocol>
  void accept(basic_socket<PeerProtocol, PeerExecutor>& peer, error_code& ec) {
    accept_into(peer, nullptr, ec);
  }
  /// As above; `peer_endpoint` becomes that of the other end.
  template <class PeerExecutor>
  void accept(basic_socket<Protocol, PeerExecutor>& peer, endpoint_type& peer_endpoint) {
    error_code ec;
    accept(peer, peer_endpoint, ec);
    detail::throw_if(ec, "accept");
  }
  template <class PeerExecutor>
  void accept(basic_socket<Protocol, PeerExecutor>& peer, endpoint_type& peer_endpoint,
              error_code& ec) {
    accept_into(peer, &peer_endpoint, ec);
  }
  /// @}

  /// @name Accepting a connection
  /// @{

  /// Accepts a connection, as a socket with the acceptor's executor. Blocks until there is one,
  /// unless the acceptor is non-blocking.
  basic_stream_socket<Protocol, Executor> accept() { return accept(this->get_executor()); }
  basic_stream_socket<Protocol, Executor> accept(error_code& ec) {
    return accept(this->get_executor(), ec);
  }
  /// As above; `peer_endpoint` becomes that of the other end.
  basic_stream_socket<Protocol, Executor> accept(endpoint_type& peer_endpoint) {
    return accept(this->get_executor(), peer_endpoint);
  }
  basic_stream_socket<Protocol, Executor> accept(endpoint_type& peer_endpoint, error_code& ec) {
    return accept(this->get_executor(), peer_endpoint, ec);
  }
  /// As above; the socket has the executor `on`, or that of the context `on`.
  template <detail::executor_or_context On>
  socket_on<On> accept(On&& on) {
    error_code ec;
    auto peer = accept(on, ec);
    detail::throw_if(ec, "accept");
    return peer;
  }
  template <detail::executor_or_context On>
  socket_on<On> accept(On&& on, error_code& ec) {
    socket_on<On> peer(on);
    accept_into(peer, nullptr, ec);
    return peer;
  }
  /// As above; `peer_endpoint` becomes that of the other end.
  template <detail::executor_or_context On>
  socket_on<On> accept(On&& on, endpoint_type& peer_endpoint) {
    error_code ec;
    auto peer = accept(on, peer_endpoint, ec);
    detail::throw_if(ec, "accept");
    return peer;
  }
  template <detail::executor_or_context On>
  socket_on<On> accept(On&& on, endpoint_type& peer_endpoint, error_code& ec) {
    socket_on<On> peer(on);
    accept_into(peer, &peer_endpoint, ec);
    return peer;
  }
  /// @}

  /// Accepts a connection into `peer`, which must not be open, and stays valid until the handler is
  /// called.
  /// @param token A completion token with the signature `void(error_code)`.
  template <class PeerProtocol, class PeerExecutor,
            net::completion_token_for<void(error_code)> Token =
                net::default_completion_token_t<executor_type>>
    requires std::convertible_to<Protocol, PeerProtocol>
  auto async_accept(basic_socket<PeerProtocol, PeerExecutor>& peer,
                    Token&& token = net::default_completion_token_t<executor_type>()) {
    return net::async_initiate<Token, void(error_code)>(accept_initiation(*this), token, &peer,
                                                        static_cast<endpoint_type*>(nullptr));
  }
  /// The same; `peer_endpoint` becomes that of the other end. With `multishot_accept` it is read
  /// when the connection is delivered: if the peer has reset the connection by then, it is
  /// `endpoint_type()`, and the next operation on `peer` reports the error.
  template <class PeerExecutor, net::completion_token_for<void(error_code)> Token =
                                    net::default_completion_token_t<executor_type>>
  auto async_accept(basic_socket<Protocol, PeerExecutor>& peer, endpoint_type& peer_endpoint,
                    Token&& token = net::default_completion_token_t<executor_type>()) {
    return net::async_initiate<Token, void(error_code)>(accept_initiation(*this), token, &peer,
                                                        &peer_endpoint);
  }

  /// Accepts a connection.
  /// @param token A completion token with the signature
  ///     `void(error_code, basic_stream_socket<Protocol, Executor>)`.
  template <net::completion_token_for<void(error_code, basic_stream_socket<Protocol, Executor>)>
                Token = net::default_completion_token_t<executor_type>>
  auto async_accept(Token&& token = net::default_completion_token_t<executor_type>()) {
    return async_accept_on(this->get_executor(), nullptr, token);
  }
  /// As above; `peer_endpoint` becomes that of the other end.
  template <net::completion_token_for<void(error_code, basic_stream_socket<Protocol, Executor>)>
                Token = net::default_completion_token_t<executor_type>>
  auto async_accept(endpoint_type& peer_endpoint,
                    Token&& token = net::default_completion_token_t<executor_type>()) {
    return async_accept_on(this->get_executor(), &peer_endpoint, token);
  }
  /// The same, for a socket with an executor of its own, such as a strand of the same context.
  template <detail::executor_or_context On,
            net::completion_token_for<void(error_code, socket_on<On>)> Token =
                net::default_completion_token_t<executor_type>>
  auto async_accept(On&& on, Token&& token = net::default_completion_token_t<executor_type>()) {
    return async_accept_on(detail::executor_of(on), nullptr, token);
  }
  /// As above; `peer_endpoint` becomes that of the other end.
  template <detail::executor_or_context On,
            net::completion_token_for<void(error_code, socket_on<On>)> Token =
                net::default_completion_token_t<executor_type>>
  auto async_accept(On&& on, endpoint_type& peer_endpoint,
                    Token&& token = net::default_completion_token_t<executor_type>()) {
    return async_accept_on(detail::executor_of(on), &peer_endpoint, token);
  }

 private:
  detail::multishot_acceptor* acceptor() const noexcept {
    return this->is_open() ? this->descriptor()->acceptor() : nullptr;
  }

  template <class Peer>
  void accept_into(Peer& peer, endpoint_type* peer_endpoint, error_code& ec) {
    if (peer.is_open()) {
      ec = net::error::already_open;
      return;
    }
    const int native = accept_now(peer_endpoint, ec);
    if (!ec) detail::socket_access::own_new(peer, this->protocol(), native, ec);
  }

  int accept_now(endpoint_type* from, error_code& ec) {
    using source = detail::multishot_acceptor::source;
    const bool waits = !this->non_blocking();
    detail::multishot_acceptor* const multishot = acceptor();
    for (source where = source::stored; multishot != nullptr && where != source::kernel;) {
      const int native = multishot->take_stored();
      if (native >= 0) {
        ec = {};
        if (from != nullptr) *from = base::peer_of(native);
        return native;
      }
      where = multishot->find_source(waits);
      if (where != source::loop || waits) continue;
      ec = net::error::would_block;
      return -1;
    }
    if (!this->check_open(ec)) return -1;
    const bool reports_aborted = this->descriptor()->reports_aborted();
    const int listener = this->native_handle();
    if (from == nullptr) {
      return detail::accept(listener, nullptr, nullptr, waits, reports_aborted, ec);
    }
    auto size = static_cast<::socklen_t>(from->capacity());
    const int native = detail::accept(listener, from->data(), &size, waits, reports_aborted, ec);
    if (!ec) from->resize(size);
    return native;
  }

  // How the new descriptor gets to the handler.
  template <class Peer>
  struct deliver_into {
    Peer* peer;
    endpoint_type* endpoint;
    protocol_type protocol;

    template <class Call>
    void operator()(int native, const endpoint_type& from, Call call) const {
      error_code ec = detail::error_of(native);
      if (!ec) {
        detail::socket_access::own_new(*peer, protocol, native, ec);
        if (endpoint != nullptr) *endpoint = from;
      }
      call(ec);
    }
  };
  template <class PeerExecutor>
  struct deliver_new {
    PeerExecutor executor;
    endpoint_type* endpoint;
    protocol_type protocol;

    template <class Call>
    void operator()(int native, const endpoint_type& from, Call call) const {
      error_code ec = detail::error_of(native);
      basic_stream_socket<Protocol, PeerExecutor> peer(executor);
      if (!ec) {
        detail::socket_access::own_new(peer, protocol, native, ec);
        if (endpoint != nullptr) *endpoint = from;
      }
      call(ec, std::move(peer));
    }
  };

  struct accept_initiation : base::initiation {
    using base::initiation::initiation;

    template <class Handler, class Peer>
    void operator()(Handler&& handler, Peer* peer, endpoint_type* endpoint) const {
      auto& acceptor = static_cast<basic_acceptor&>(this->socket());
      if (peer->is_open()) {
        return acceptor.complete(std::forward<Handler>(handler),
                                 error_code(net::error::already_open));
      }
      using deliver = deliver_into<Peer>;
      acceptor.start(detail::accept_kind<endpoint_type, deliver>(
                         deliver{peer, endpoint, acceptor.protocol()}, endpoint != nullptr),
                     std::forward<Handler>(handler));
    }
  };

  struct accept_new_initiation : base::initiation {
    using base::initiation::initiation;

    template <class Handler, class PeerExecutor>
    void operator()(Handler&& handler, const PeerExecutor& executor,
                    endpoint_type* endpoint) const {
      auto& acceptor = static_cast<basic_acceptor&>(this->socket());
      using deliver = deliver_new<PeerExecutor>;
      detail::accept_kind<endpoint_type, deliver> kind(
          deliver{executor, endpoint, acceptor.protocol()}, endpoint != nullptr);
      acceptor.start(std::move(kind), std::forward<Handler>(handler),
                     basic_stream_socket<Protocol, PeerExecutor>(executor));
    }
  };

  template <class PeerExecutor, class Token>
  auto async_accept_on(const PeerExecutor& executor, endpoint_type* endpoint, Token& token) {
    return net::async_initiate<Token,
                               void(error_code, basic_stream_socket<Protocol, PeerExecutor>)>(
        accept_new_initiation(*this), token, executor, endpoint);
  }
};

}  // namespace timed::uring

#endif  // TIMED_URING_BASIC_ACCEPTOR_H
