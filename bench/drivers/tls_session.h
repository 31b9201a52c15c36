// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_TLS_SESSION_H
#define TIMED_BENCH_DRIVERS_TLS_SESSION_H

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "bench/contenders/contender.h"
#include "bench/drivers/echo_exchange.h"
#include "tests/interop/certificate.h"
#include "timed/backend.h"

namespace timed::bench {

/// @return The settings of a server with a certificate of its own.
inline net::ssl::context& tls_server_context() {
  static net::ssl::context context = [] {
    net::ssl::context made(net::ssl::context::tls_server);
    tests::interop::certificate().install(made);
    return made;
  }();
  return context;
}

template <class Contender>
using tls_stream_of = net::ssl::stream<
    typename Contender::template stream<net::ip::tcp, backend::io_context::executor_type>>;

/// Writes back what arrives over TLS. A session of `request_server`.
template <class Contender, class Server>
class tls_session : echo_exchange<Contender, Server, tls_stream_of<Contender>> {
  using exchange = echo_exchange<Contender, Server, tls_stream_of<Contender>>;

 public:
  using typename exchange::executor_type;

  tls_session(Server& server, const executor_type& executor, int descriptor)
      : exchange(server, executor, tls_server_context()) {
    contenders::socket_of(this->timed_layer()).assign(net::ip::tcp::v4(), descriptor);
    Contender::prepare(this->timed_layer());
    handshake();
  }

 private:
  void handshake() {
    Contender::set_deadline(this->timed_layer());
    this->stream_.async_handshake(net::ssl::stream_base::server, [this](error_code failed) {
      if (failed) return this->server_.fail(failed);
      this->read();
    });
  }
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_TLS_SESSION_H
