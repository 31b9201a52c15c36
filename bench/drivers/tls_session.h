// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_TLS_SESSION_H
#define TIMED_BENCH_DRIVERS_TLS_SESSION_H

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstddef>

#include "bench/contenders/contender.h"
#include "bench/contenders/operations.h"
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

/// Writes back what arrives over TLS. A session of `request_server`.
template <class Contender, class Server>
class tls_session {
 public:
  using executor_type = backend::io_context::executor_type;

  tls_session(Server& server, const executor_type& executor, int descriptor)
      : server_(server), stream_(executor, tls_server_context()) {
    contenders::socket_of(stream_.next_layer()).assign(net::ip::tcp::v4(), descriptor);
    Contender::prepare(stream_.next_layer());
    handshake();
  }

 private:
  void handshake() {
    Contender::set_deadline(stream_.next_layer());
    stream_.async_handshake(net::ssl::stream_base::server, [this](error_code failed) {
      if (failed) return server_.fail(failed);
      read();
    });
  }

  void read() {
    Contender::set_deadline(stream_.next_layer());
    Contender::template start<async_read_some>(stream_, net::buffer(memory_),
                                               [this](error_code failed, std::size_t bytes) {
                                                 if (failed) return server_.fail(failed);
                                                 write(bytes);
                                               });
  }

  void write(std::size_t bytes) {
    Contender::set_deadline(stream_.next_layer());
    Contender::template start<async_write>(stream_, net::buffer(memory_, bytes),
                                           [this](error_code failed, std::size_t written) {
                                             if (failed) return server_.fail(failed);
                                             server_.add_echoed(written);
                                             read();
                                           });
  }

  Server& server_;
  net::ssl::stream<typename Contender::template stream<net::ip::tcp, executor_type>> stream_;
  std::array<char, 1024> memory_{};
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_TLS_SESSION_H
