// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_BACKGROUND_TIMES_H
#define TIMED_BENCH_CONTENDERS_BACKGROUND_TIMES_H

#include <chrono>
#include <cstddef>
#include <random>

namespace timed::bench {

/// Calls `set` with `count` points in time, which have the same distances from now in each entry.
template <class Set>
void for_each_background_deadline(std::size_t count, Set set) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> seconds_from_now(20, 600);
  const auto now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    const std::chrono::duration<double> after(seconds_from_now(random));
    set(now + std::chrono::duration_cast<std::chrono::steady_clock::duration>(after));
  }
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_CONTENDERS_BACKGROUND_TIMES_H
