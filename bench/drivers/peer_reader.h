// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_PEER_READER_H
#define TIMED_BENCH_DRIVERS_PEER_READER_H

#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstddef>

#include "bench/drivers/full_socket.h"
#include "bench/harness/owned_descriptor.h"
#include "timed/backend.h"

namespace timed::bench {

/// Reads all that arrives at the other end of a socket, with a plain socket of the same context,
/// from `start` until the reader is destroyed, which has to be before the context. Before `start`,
/// the context does not watch that end, and arriving data does not wake it.
class peer_reader {
 public:
  peer_reader(backend::io_context& context, full_socket& socket)
      : full_socket_(socket), socket_(context.get_executor()) {}

  void start() {
    if (socket_.is_open()) return;
    owned_descriptor another(::dup(full_socket_.peer_descriptor()), "dup");
    socket_.assign(net::local::stream_protocol(), another.release());
    read();
  }

 private:
  void read() {
    socket_.async_read_some(net::buffer(memory_), [this](error_code ec, std::size_t bytes) {
      if (ec) return;  // detected by full_socket: bytes will be missing
      full_socket_.was_read(bytes);
      read();
    });
  }

  full_socket& full_socket_;
  backend::basic_stream_socket<net::local::stream_protocol, backend::io_context::executor_type>
      socket_;
  std::array<char, 16 * 1024> memory_{};
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_PEER_READER_H
