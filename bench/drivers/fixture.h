// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_FIXTURE_H
#define TIMED_BENCH_DRIVERS_FIXTURE_H

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <vector>

#include "bench/contenders/contender.h"
#include "bench/drivers/connection.h"
#include "timed/backend.h"

namespace timed::bench {

/// Test fixture of one entry: a context, a connected stream, the bytes to write, and other
/// deadlines. Each entry and repetition has a new one, one at a time.
template <class Contender, class Protocol, class Executor = net::any_io_executor>
struct fixture {
  using stream_type = typename Contender::template stream<Protocol, Executor>;

  fixture(const Protocol& protocol, std::size_t bytes_per_write,
          std::size_t background_deadlines_count)
      : others(context, background_deadlines_count),
        bytes(bytes_per_write, 'x'),
        peer(protocol),
        stream(context.get_executor()) {
    contenders::socket_of(stream).assign(protocol, peer.writing_descriptor());
  }

  net::const_buffer data() const { return net::buffer(bytes); }

  typename Contender::context context;
  typename Contender::background
      others;  // created first: they take a while, and an idle connection's window shrinks
  std::vector<char> bytes;
  connection peer;
  stream_type stream;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_FIXTURE_H
