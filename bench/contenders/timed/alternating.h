// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_TIMED_ALTERNATING_H
#define TIMED_BENCH_CONTENDERS_TIMED_ALTERNATING_H

#include <chrono>
#include <string_view>

#include "bench/contenders/timed/never.h"

namespace timed::bench::contenders {

/// Our stream, alternating between a short and a long deadline: the worst case of the deadline
/// queue. Each short deadline also takes a precise clock read.
struct timed_alternating : timed_never {
  static constexpr std::string_view name = "timed_alternating";
  static constexpr bool wakes_queue = true;

  using untimed = timed_alternating;  // without `set_deadline`

  [[gnu::always_inline]] static void set_deadline(auto& stream) {
    static bool is_short = false;  // benchmarks are single-threaded
    is_short = !is_short;
    stream.expires_after(is_short ? std::chrono::milliseconds(5) : std::chrono::seconds(30));
  }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_TIMED_ALTERNATING_H
