// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_TIMED_BY_TURNS_H
#define TIMED_BENCH_CONTENDERS_TIMED_BY_TURNS_H

#include <boost/asio/buffer.hpp>
#include <chrono>
#include <string_view>
#include <utility>

#include "bench/contenders/on_timed_stream.h"
#include "timed/backend.h"

namespace timed::bench::contenders {

/// Our stream, with a short deadline and a long one by turns: what the queue is not made for. The
/// short ones take a precise look at the clock each, too.
struct timed_by_turns : on_timed_stream {
  static constexpr std::string_view name = "timed_by_turns";
  static constexpr bool deadlines_come_up = true;

  template <class Operation, class Stream, class Handler>
  static void start(Stream& stream, net::const_buffer data, Handler handler) {
    static bool is_short = false;  // benchmarks have one thread
    is_short = !is_short;
    stream.expires_after(is_short ? std::chrono::milliseconds(5) : std::chrono::seconds(30));
    Operation::start(stream, data, std::move(handler));
  }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_TIMED_BY_TURNS_H
