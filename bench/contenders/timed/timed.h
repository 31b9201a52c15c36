// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_TIMED_TIMED_H
#define TIMED_BENCH_CONTENDERS_TIMED_TIMED_H

#include <chrono>
#include <string_view>
#include <utility>

#include "bench/contenders/on_timed_stream.h"

namespace timed::bench::contenders {

/// Our stream, with a new deadline set before each operation.
struct timed : on_timed_stream {
  static constexpr std::string_view name = "timed";

  using untimed = timed;  // with `set_deadline` left out

  template <class Stream>
  [[gnu::always_inline]] static void set_deadline(Stream& stream) {
    stream.expires_after(std::chrono::seconds(30));
  }

  template <class Operation, class Stream, class Buffer, class Handler>
  static void start_expiring(Stream& stream, Buffer buffer, std::chrono::milliseconds after,
                             Handler handler) {
    stream.expires_after(after);
    Operation::start(stream, buffer, std::move(handler));
  }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_TIMED_TIMED_H
