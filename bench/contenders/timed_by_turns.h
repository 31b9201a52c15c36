// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_TIMED_BY_TURNS_H
#define TIMED_BENCH_CONTENDERS_TIMED_BY_TURNS_H

#include <chrono>
#include <string_view>

#include "bench/contenders/on_timed_stream.h"

namespace timed::bench::contenders {

/// Our stream, with a short deadline and a long one by turns: what the queue is not made for. The
/// short ones take a precise look at the clock each, too.
struct timed_by_turns : on_timed_stream {
  static constexpr std::string_view name = "timed_by_turns";
  static constexpr bool deadlines_come_up = true;

  using untimed = timed_by_turns;  // with `set_deadline` left out

  template <class Stream>
  [[gnu::always_inline]] static void set_deadline(Stream& stream) {
    static bool is_short = false;  // benchmarks have one thread
    is_short = !is_short;
    stream.expires_after(is_short ? std::chrono::milliseconds(5) : std::chrono::seconds(30));
  }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_TIMED_BY_TURNS_H
