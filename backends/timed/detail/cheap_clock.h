// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_CHEAP_CLOCK_H
#define TIMED_DETAIL_CHEAP_CLOCK_H

#include <time.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "timed/detail/always_inline.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace timed::detail {

/// What `cheap_clock` reads.
enum class time_source : std::uint8_t {
  tsc,    ///< The CPU's time stamp counter, and from time to time the steady clock.
  coarse  ///< CLOCK_MONOTONIC_COARSE.
};

/// Returns "tsc" or "coarse".
std::string_view name_of(time_source source) noexcept;

/// Upper bounds of the current time, cheaper to read than the steady clock.
///
/// Reading the steady clock is slow directly after a system call (docs/design/deadlines.md has
/// figures). Two things are cheaper:
///
/// - The time stamp counter. Each thread keeps its last reading of the steady clock. The
///   counter shows that this is less than `slack()` ago. It is not used as a clock: all that is
///   assumed is that it runs at 125 MHz or more. It is used only while the kernel itself derives
///   the steady clock from it, so both move together when a virtual machine is paused, restored or
///   migrated. The kernel's choice is read at most once a second; the counter is no longer used
///   once the kernel has stopped using it.
/// - CLOCK_MONOTONIC_COARSE, everywhere else. It is the steady clock as of the
///   kernel's last tick. Under load it is more than two ticks behind at times. If the CPU that
///   counts the ticks does not run, another one takes over after five; so the slack is eight ticks.
///
/// Thread-safe.
class [[gnu::visibility("default")]] cheap_clock {
 public:
  using clock_type = std::chrono::steady_clock;
  using duration = clock_type::duration;
  using time_point = clock_type::time_point;

  /// Returns a time that is not before now, and at most `slack()` after it.
  TIMED_ALWAYS_INLINE static time_point upper_bound() noexcept {
    const std::uint64_t counts = fresh_counts_.load(std::memory_order_relaxed);
    return counts != 0 ? counter_bound(counts) : coarse_bound();
  }

  /// Returns when a timeout that begins now ends, or at most `slack()` later; `time_point::min()`
  /// if it is shorter than `least_timeout()`, or longer than `timeout_max`.
  TIMED_ALWAYS_INLINE static time_point after(duration timeout) noexcept {
    const std::uint64_t counts = fresh_counts_.load(std::memory_order_relaxed);
    if (counts != 0) {
      if (timeout < counter_least_timeout || timeout > timeout_max) return time_point::min();
      return counter_bound(counts) + timeout;
    }
    if (timeout < coarse_least_timeout_.load(std::memory_order_relaxed) || timeout > timeout_max)
      return time_point::min();
    return coarse_bound() + timeout;
  }

  /// The longest timeout that can be added to any time.
  static constexpr duration timeout_max = duration::max() / 2;

  /// Returns how far `upper_bound()` may be ahead of the time.
  static duration slack() noexcept;

  /// Returns the shortest timeout of which the slack is at most 1.6 %.
  static duration least_timeout() noexcept;

  /// Disables this clock permanently. Used when time becomes manual.
  static void disable() noexcept;

  static time_source source() noexcept {
    return fresh_counts_.load(std::memory_order_relaxed) != 0 ? time_source::tsc
                                                              : time_source::coarse;
  }

  /// Returns the source for this machine and its kernel.
  static time_source best_source() noexcept;

  /// Whether `use()` may choose the time stamp counter.
  static constexpr bool has_counter =
#if defined(__x86_64__)
      true;
#else
      false;
#endif

  /// Reads `source` from now on, instead of the best one. For tests.
  /// @param fresh_counts Number of counts for which a reading of the steady clock is recent.
  static void use(time_source source,
                  std::uint64_t fresh_counts = counts_within(counter_slack)) noexcept;

  /// Returns a number of counts that take no longer than `time`.
  static constexpr std::uint64_t counts_within(std::chrono::nanoseconds time) noexcept {
    return static_cast<std::uint64_t>(time.count()) >> 3;
  }

  /// Returns the time stamp counter, on processors that have one.
  static std::uint64_t counter() noexcept {
#if defined(__x86_64__)
    return __rdtsc();
#else
    return 0;
#endif
  }

 private:
  struct reading {
    std::uint64_t count;
    time_point bound;
  };

  static constexpr int timeouts_per_slack = 64;
  static constexpr duration counter_slack = std::chrono::milliseconds(4);
  static constexpr duration counter_least_timeout = timeouts_per_slack * counter_slack;

  TIMED_ALWAYS_INLINE static time_point counter_bound(std::uint64_t counts) noexcept {
    return counter() - last_.count < counts ? last_.bound : read_steady_clock();
  }

  TIMED_ALWAYS_INLINE static time_point coarse_bound() noexcept {
    timespec time;
    clock_gettime_(CLOCK_MONOTONIC_COARSE, &time);
    return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec) +
                      coarse_slack_.load(std::memory_order_relaxed));
  }

  static time_point read_steady_clock() noexcept;
  static void check_source_again(time_point now) noexcept;
  static bool set_up() noexcept;

  static const bool is_set_up_;

  // Zero if the counter is not used.
  inline static constinit std::atomic<std::uint64_t> fresh_counts_ = 0;
  inline static constinit thread_local reading last_{};

  // Until `set_up()`, no timeout is long enough for the coarse clock.
  inline static constinit std::atomic<duration> coarse_slack_ = duration::zero();
  inline static constinit std::atomic<duration> coarse_least_timeout_ = duration::max();

  // The function of the vDSO that clock_gettime(3) calls, where it can be found: that saves a
  // quarter of the time and 17 instructions.
  using clock_function = int(clockid_t, timespec*);
  inline static constinit clock_function* clock_gettime_ = &::clock_gettime;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_CHEAP_CLOCK_H
