// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_ASIO_H
#define TIMED_BENCH_CONTENDERS_ASIO_H

#include <boost/asio/buffer.hpp>
#include <string_view>
#include <utility>

#include "bench/contenders/on_timed_stream.h"
#include "timed/backend.h"

namespace timed::bench::contenders {

/// A plain Asio socket without any deadline: what the others are compared to.
struct asio : on_timed_stream {
  static constexpr std::string_view name = "asio";

  using untimed = asio;

  template <class Operation, class Stream, class Handler>
  static void start(Stream& stream, net::const_buffer data, Handler handler) {
    Operation::start(stream.socket(), data, std::move(handler));
  }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_ASIO_H
