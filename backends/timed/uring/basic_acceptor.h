// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// Acceptors on a `timed::uring::io_context`.

#ifndef TIMED_URING_BASIC_ACCEPTOR_H
#define TIMED_URING_BASIC_ACCEPTOR_H

#include <sys/socket.h>

#include <boost/asio/any_io_executor.hpp>
#include <utility>

#include "timed/uring/basic_socket.h"
#include "timed/uring/basic_stream_socket.h"

namespace timed::uring {

/// Accepts connections, with the interface of `net::basic_socket_acceptor`.
template <class Protocol, class Executor = net::any_io_executor>
class basic_acceptor : public basic_socket<Protocol, Executor> {
  using base = basic_socket<Protocol, Executor>;

 public:
  using typename base::endpoint_type;
  using typename base::executor_type;
  using typename base::protocol_type;

  template <class OtherExecutor>
  struct rebind_executor {
    using other = basic_acceptor<Protocol, OtherExecutor>;
  };

  explicit basic_acceptor(const executor_type& executor) : base(executor) {}
  template <class Context>
  requires std::constructible_from<base, Context&>
  explicit basic_acceptor(Context& context) : base(context) {}
  /// Opens it, binds it to the endpoint, and listens.
  template <class ExecutorOrContext>
  requires std::constructible_from<base, ExecutorOrContext&> basic_acceptor(
      ExecutorOrContext&& on, const endpoint_type& endpoint, bool reuse_addr = true)
      : base(on) {
    this->open(endpoint.protocol());
    if (reuse_addr) this->set_option(net::socket_base::reuse_address(true));
    this->bind(endpoint);
    listen();
  }
  basic_acceptor(basic_acceptor&&) noexcept = default;
  basic_acceptor& operator=(basic_acceptor&&) noexcept = default;
  ~basic_acceptor() = default;

  void listen(int backlog = net::socket_base::max_listen_connections) {
    error_code ec;
    listen(backlog, ec);
    detail::throw_if(ec, "listen");
  }
  void listen(int backlog, error_code& ec) {
    ec = detail::error_if(::listen(this->native_handle(), backlog));
  }

  /// Accepts a connection into `peer`, which must not be open.
  template <class PeerExecutor>
  void accept(basic_socket<Protocol, PeerExecutor>& peer) {
    error_code ec;
    accept(peer, ec);
    detail::throw_if(ec, "accept");
  }
  template <class PeerExecutor>
  void accept(basic_socket<Protocol, PeerExecutor>& peer, error_code& ec) {
    if (peer.is_open()) {
      ec = net::error::already_open;
      return;
    }
    const int native =
        detail::accept(this->native_handle(), nullptr, nullptr, !this->non_blocking(), ec);
    if (!ec) peer.assign(this->protocol(), native, ec);
  }
  basic_stream_socket<Protocol, Executor> accept() {
    basic_stream_socket<Protocol, Executor> peer(this->get_executor());
    accept(peer);
    return peer;
  }
  basic_stream_socket<Protocol, Executor> accept(error_code& ec) {
    basic_stream_socket<Protocol, Executor> peer(this->get_executor());
    accept(peer, ec);
    return peer;
  }

  /// Accepts a connection into `peer`, which must not be open, and stays valid until the handler is
  /// called.
  /// @param token A completion token with the signature `void(error_code)`.
  template <class PeerExecutor, net::completion_token_for<void(error_code)> Token =
                                    net::default_completion_token_t<executor_type>>
  auto async_accept(basic_stream_socket<Protocol, PeerExecutor>& peer,
                    Token&& token = net::default_completion_token_t<executor_type>()) {
    return net::async_initiate<Token, void(error_code)>(accept_initiation(*this), token, &peer,
                                                        static_cast<endpoint_type*>(nullptr));
  }
  /// The same; `peer_endpoint` becomes that of the other end.
  template <class PeerExecutor, net::completion_token_for<void(error_code)> Token =
                                    net::default_completion_token_t<executor_type>>
  auto async_accept(basic_stream_socket<Protocol, PeerExecutor>& peer, endpoint_type& peer_endpoint,
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
    return async_accept_on(this->get_executor(), std::forward<Token>(token));
  }
  /// The same, for a socket with an executor of its own, such as a strand of the same context.
  template <class PeerExecutor,
            net::completion_token_for<void(error_code, basic_stream_socket<Protocol, PeerExecutor>)>
                Token = net::default_completion_token_t<executor_type>>
  requires net::execution::is_executor<PeerExecutor>::value auto async_accept(
      const PeerExecutor& executor,
      Token&& token = net::default_completion_token_t<executor_type>()) {
    return async_accept_on(executor, std::forward<Token>(token));
  }

 private:
  // How the new descriptor gets to whoever waits for it.
  template <class PeerExecutor>
  struct deliver_into {
    basic_stream_socket<Protocol, PeerExecutor>* peer;
    endpoint_type* endpoint;
    protocol_type protocol;

    template <class Call>
    void operator()(int native, const endpoint_type& from, Call call) const {
      error_code ec = detail::error_of(native);
      if (!ec) {
        peer->assign(protocol, native, ec);
        if (ec) ::close(native);
        if (endpoint != nullptr) *endpoint = from;
      }
      call(ec);
    }
  };
  template <class PeerExecutor>
  struct deliver_new {
    PeerExecutor executor;
    protocol_type protocol;

    template <class Call>
    void operator()(int native, const endpoint_type&, Call call) const {
      error_code ec = detail::error_of(native);
      basic_stream_socket<Protocol, PeerExecutor> peer(executor);
      if (!ec) peer.assign(protocol, native, ec);
      call(ec, std::move(peer));
    }
  };

  struct accept_initiation : base::initiation {
    using base::initiation::initiation;

    template <class Handler, class PeerExecutor>
    void operator()(Handler&& handler, basic_stream_socket<Protocol, PeerExecutor>* peer,
                    endpoint_type* endpoint) const {
      auto& acceptor = static_cast<basic_acceptor&>(this->socket());
      if (peer->is_open()) {
        return acceptor.complete(std::forward<Handler>(handler),
                                 error_code(net::error::already_open));
      }
      using deliver = deliver_into<PeerExecutor>;
      acceptor.start(
          detail::accept_kind<endpoint_type, deliver>(deliver{peer, endpoint, acceptor.protocol()}),
          std::forward<Handler>(handler));
    }
  };

  struct accept_new_initiation : base::initiation {
    using base::initiation::initiation;

    template <class Handler, class PeerExecutor>
    void operator()(Handler&& handler, const PeerExecutor& executor) const {
      auto& acceptor = static_cast<basic_acceptor&>(this->socket());
      using deliver = deliver_new<PeerExecutor>;
      detail::accept_kind<endpoint_type, deliver> kind(deliver{executor, acceptor.protocol()});
      acceptor.start(std::move(kind), std::forward<Handler>(handler),
                     basic_stream_socket<Protocol, PeerExecutor>(executor));
    }
  };

  template <class PeerExecutor, class Token>
  auto async_accept_on(const PeerExecutor& executor, Token&& token) {
    return net::async_initiate<Token,
                               void(error_code, basic_stream_socket<Protocol, PeerExecutor>)>(
        accept_new_initiation(*this), token, executor);
  }
};

}  // namespace timed::uring

#endif  // TIMED_URING_BASIC_ACCEPTOR_H
