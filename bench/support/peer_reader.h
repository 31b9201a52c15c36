// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUPPORT_PEER_READER_H
#define TIMED_BENCH_SUPPORT_PEER_READER_H

#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstddef>

#include "bench/support/full_socket.h"
#include "bench/support/owned_descriptor.h"
#include "timed/backend.h"

namespace timed::bench {

/// Reads all that arrives at the other end of a socket, by a plain socket in the same context: from
/// its start until its own end, which is before the context's. Until it is started the context
/// knows nothing of that other end, and is not woken up by what arrives there.
class peer_reader {
 public:
  peer_reader(backend::io_context& context, full_socket& of)
      : of_(of), socket_(context.get_executor()) {}

  void start() {
    if (socket_.is_open()) return;
    owned_descriptor another(::dup(of_.peer_descriptor()), "dup");
    socket_.assign(net::local::stream_protocol(), another.release());
    read();
  }

 private:
  void read() {
    socket_.async_read_some(net::buffer(memory_), [this](error_code ec, std::size_t bytes) {
      if (ec) return;  // bytes will be missing
      of_.was_read(bytes);
      read();
    });
  }

  full_socket& of_;
  backend::basic_stream_socket<net::local::stream_protocol, backend::io_context::executor_type>
      socket_;
  std::array<char, 16 * 1024> memory_{};
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_PEER_READER_H
