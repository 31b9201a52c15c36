// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_ECHO_SESSION_H
#define TIMED_BENCH_DRIVERS_ECHO_SESSION_H

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>

#include "bench/contenders/contender.h"
#include "bench/contenders/operations.h"
#include "timed/backend.h"

namespace timed::bench {

/// Writes back what arrives. A session of `request_server`.
template <class Contender, class Server>
class echo_session {
 public:
  using executor_type = backend::io_context::executor_type;

  echo_session(Server& server, const executor_type& executor, int descriptor)
      : server_(server), stream_(executor) {
    contenders::socket_of(stream_).assign(net::ip::tcp::v4(), descriptor);
    Contender::prepare(stream_);
    read();
  }

 private:
  void read() {
    Contender::set_deadline(stream_);
    Contender::template start<async_read_some>(stream_, net::buffer(memory_),
                                               [this](error_code failed, std::size_t bytes) {
                                                 if (failed) return server_.fail(failed);
                                                 write(bytes);
                                               });
  }

  void write(std::size_t bytes) {
    Contender::set_deadline(stream_);
    Contender::template start<async_write>(stream_, net::buffer(memory_, bytes),
                                           [this](error_code failed, std::size_t written) {
                                             if (failed) return server_.fail(failed);
                                             server_.add_echoed(written);
                                             read();
                                           });
  }

  Server& server_;
  typename Contender::template stream<net::ip::tcp, executor_type> stream_;
  std::array<char, 1024> memory_{};
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_ECHO_SESSION_H
