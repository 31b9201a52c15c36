// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_WEBSOCKET_SESSION_H
#define TIMED_BENCH_DRIVERS_WEBSOCKET_SESSION_H

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstddef>
#include <utility>

#include "bench/contenders/contender.h"
#include "timed/backend.h"

namespace timed::bench {

namespace websocket = boost::beast::websocket;

/// Boost.Beast's operation, which reads a whole message.
struct async_read_message {
  static auto start(auto& stream, boost::beast::flat_buffer* buffer, auto&& token) {
    return stream.async_read(*buffer, std::forward<decltype(token)>(token));
  }
};

/// Boost.Beast's operation, which writes a whole message.
struct async_write_message {
  static auto start(auto& stream, boost::beast::flat_buffer* buffer, auto&& token) {
    return stream.async_write(buffer->cdata(), std::forward<decltype(token)>(token));
  }
};

/// Echoes WebSocket messages as Boost.Beast's example does. A session of `request_server`.
template <class Contender, class Server>
class websocket_session {
 public:
  using executor_type = backend::io_context::executor_type;

  websocket_session(Server& server, const executor_type& executor, int descriptor)
      : server_(server), stream_(executor) {
    contenders::socket_of(stream_.next_layer()).assign(net::ip::tcp::v4(), descriptor);
    Contender::prepare(stream_.next_layer());
    if constexpr (requires { Contender::prepare_websocket(stream_); }) {
      Contender::prepare_websocket(stream_);
    }
    stream_.binary(true);
    accept();
  }

 private:
  void accept() {
    Contender::set_deadline(stream_.next_layer());
    stream_.async_accept([this](error_code failed) {
      if (failed) return server_.fail(failed);
      read();
    });
  }

  void read() {
    Contender::set_deadline(stream_.next_layer());
    Contender::template start<async_read_message>(stream_, &buffer_,
                                                  [this](error_code failed, std::size_t) {
                                                    if (failed) return server_.fail(failed);
                                                    write();
                                                  });
  }

  void write() {
    Contender::set_deadline(stream_.next_layer());
    Contender::template start<async_write_message>(stream_, &buffer_,
                                                   [this](error_code failed, std::size_t written) {
                                                     if (failed) return server_.fail(failed);
                                                     buffer_.consume(buffer_.size());
                                                     server_.add_echoed(written);
                                                     read();
                                                   });
  }

  Server& server_;
  websocket::stream<typename Contender::template stream<net::ip::tcp, executor_type>> stream_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_WEBSOCKET_SESSION_H
