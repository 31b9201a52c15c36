// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_CYCLE_COUNTER_H
#define TIMED_DETAIL_CYCLE_COUNTER_H

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

namespace timed::detail {

/// The CPU's time stamp counter, by which to tell that not much time has passed, at 7 ns instead of
/// the 16 to 40 that a look at the clock takes.
///
/// It is not taken for a clock: all that is believed is that it runs, at no less than 125 MHz,
/// wherever the thread runs. Where that is not known (the CPU does not promise that the counter
/// never stops, the kernel does not use it, another architecture), nothing is believed.
class cycle_counter {
 public:
  /// @return How many counts have passed since some time or other.
#if defined(__x86_64__)
  static std::uint64_t now() noexcept {
    return __rdtsc();
  }
#else
  static std::uint64_t now() noexcept {
    return 0;
  }
#endif

  /// @return How many counts take no longer than that; 0 if it is not known.
  static std::uint64_t counts_within(std::chrono::nanoseconds time) noexcept {
    if (!is_believed_.load(std::memory_order_relaxed) || time.count() < 0) return 0;
    return static_cast<std::uint64_t>(time.count()) >> 3;
  }

 private:
#if defined(__x86_64__)
  static bool is_known_to_run() {
    unsigned eax, ebx, ecx, edx;
    const bool never_stops = __get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) != 0 && (edx & 0x100);
    if (!never_stops) return false;
    // The kernel compares the counters of all CPUs, and watches them against another clock.
    std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
    std::string source;
    return file >> source && source == "tsc";
  }
#else
  static bool is_known_to_run() {
    return false;
  }
#endif

  inline static std::atomic<bool> is_believed_ = is_known_to_run();
};

/// Tells that a point in time has surely not come yet, without a look at the clock in most cases.
class time_ahead {
 public:
  using clock_type = std::chrono::steady_clock;
  using time_point = clock_type::time_point;

  /// Looks at the clock.
  time_point look() noexcept {
    count_ = cycle_counter::now();  // before the clock, so that it is no younger
    return looked_at_ = clock_type::now();
  }

  /// @param next What `is_before` will be asked for, or something later. It may be past.
  void expect(time_point next) noexcept {
    next_ = next;
    counts_ = 0;
    if (next <= looked_at_) return;
    counts_ = cycle_counter::counts_within(std::min(next - looked_at_, look_again_after));
  }

  /// @return Whether it is surely before `when`. It may be, even if not.
  bool is_before(time_point when) const noexcept {
    return when >= next_ && cycle_counter::now() - count_ < counts_;
  }

 private:
  // The counter is not believed for longer, by its slowest.
  static constexpr clock_type::duration look_again_after = std::chrono::seconds(1);

  std::uint64_t count_ = 0;  // at the last look
  time_point looked_at_{};
  time_point next_{};
  std::uint64_t counts_ = 0;  // from the last look on, in which that does not come
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_CYCLE_COUNTER_H
