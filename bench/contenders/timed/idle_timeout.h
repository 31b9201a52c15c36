// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_TIMED_IDLE_TIMEOUT_H
#define TIMED_BENCH_CONTENDERS_TIMED_IDLE_TIMEOUT_H

#include <chrono>
#include <string_view>
#include <utility>

#include "bench/contenders/on_timed_stream.h"

namespace timed::bench::contenders {

/// Our stream, with an idle timeout that is set once and restarts with each operation.
struct timed_idle_timeout : on_timed_stream {
  static constexpr std::string_view name = "timed_idle_timeout";

  using untimed = timed_idle_timeout;  // with `prepare` left out

  template <class Stream>
  static void prepare(Stream& stream) {
    stream.timeout(std::chrono::seconds(30));
  }
  template <class Stream>
  static void undo(Stream& stream) {
    stream.timeout(Stream::duration::max());
  }

  template <class Operation, class Stream, class Buffer, class Handler>
  static void start_expiring(Stream& stream, Buffer buffer, std::chrono::milliseconds after,
                             Handler handler) {
    stream.timeout(after);
    Operation::start(stream, buffer, std::move(handler));
  }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_TIMED_IDLE_TIMEOUT_H
