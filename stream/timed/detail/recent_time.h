// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_RECENT_TIME_H
#define TIMED_DETAIL_RECENT_TIME_H

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

#include "timed/detail/cycle_counter.h"

namespace timed::detail {

/// A time of the steady clock that is past, but not long, at less than the price of a look at it.
///
/// A look at the clock takes 24 ns, and even at CLOCK_MONOTONIC_COARSE 15 to 20 where it counts:
/// after a system call, when neither the vDSO's page nor its code are in the first caches. So each
/// thread keeps the time of its last look, and the CPU's time stamp counter tells whether that is
/// recent (`cycle_counter`). Where that is not known to run, each time is a look.
class recent_time {
 public:
  using clock_type = std::chrono::steady_clock;

  /// How far it may be behind.
  static constexpr auto lag_max = std::chrono::milliseconds(64);

  /// @return Whether this thread has looked at the clock a moment ago; then `last_look()` will do.
  static bool has_looked() noexcept {
    return cycle_counter::now() - last_look_.count < fresh_for_.load(std::memory_order_relaxed);
  }
  static clock_type::time_point last_look() noexcept { return last_look_.time; }

  static clock_type::time_point get() noexcept { return has_looked() ? last_look() : look(); }

  /// @return What time it is.
  [[gnu::noinline]] static clock_type::time_point look() noexcept {
    const std::uint64_t count = cycle_counter::now();  // before the clock, so that it is no younger
    last_look_ = {count, clock_type::now()};
    return last_look_.time;
  }

  /// Has `has_looked()` say no from now on.
  static void forget() noexcept { fresh_for_.store(0, std::memory_order_release); }

  /// For tests that run so slowly that the last look is never recent: has it be, if it can.
  static void believe_last_look() noexcept {
    if (fresh_for_ != 0) fresh_for_ = std::numeric_limits<std::uint64_t>::max();
  }

 private:
  struct look_at_clock {
    std::uint64_t count;
    clock_type::time_point time;
  };

  inline static constinit thread_local look_at_clock last_look_{};
  inline static std::atomic<std::uint64_t> fresh_for_ = cycle_counter::counts_within(lag_max);
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_RECENT_TIME_H
