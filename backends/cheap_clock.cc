// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/cheap_clock.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace timed::detail {
namespace {

using namespace std::chrono_literals;
using nanoseconds = std::chrono::nanoseconds;

constexpr int coarse_slack_ticks = 8;

// The two of the coarse clock. Until this file's variables are initialised, no timeout is long
// enough.
constinit std::atomic<nanoseconds> coarse_slack = nanoseconds::zero();
constinit std::atomic<nanoseconds> coarse_least_timeout = nanoseconds::max();

constinit std::atomic<bool> is_disabled = false;

// When the kernel's choice is next read again. Never, if a test has chosen.
constinit std::atomic<nanoseconds::rep> next_check = nanoseconds::max().count();

// What the C library's clock_gettime(3) calls, where it can be found: that saves a quarter of the
// time and 17 instructions.
constinit int (*read_clock)(clockid_t, timespec*) = &::clock_gettime;

void find_kernel_s_function() noexcept {
  void* const vdso = ::dlopen("linux-vdso.so.1", RTLD_LAZY | RTLD_NOLOAD);
  if (vdso == nullptr) return;
  for (const char* const name : {"__vdso_clock_gettime", "__kernel_clock_gettime"}) {
    if (void* const found = ::dlsym(vdso, name)) {
      read_clock = reinterpret_cast<int (*)(clockid_t, timespec*)>(found);
    }
  }
  ::dlclose(vdso);
}

nanoseconds to_nanoseconds(const timespec& time) noexcept {
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

// Returns whether the CPU says that the counter runs at one rate in all of its states.
bool counter_is_invariant() noexcept {
#if defined(__x86_64__)
  unsigned eax, ebx, ecx, edx;
  return __get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) != 0 && (edx & 0x100) != 0;
#else
  return false;
#endif
}

// Returns whether the kernel derives the steady clock from the time stamp counter. Allocates
// nothing, as it is called while an operation starts.
bool kernel_uses_tsc() noexcept {
  const int file = ::open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
                          O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::array<char, 16> text;
  const ::ssize_t size = ::read(file, text.data(), text.size());
  ::close(file);
  return size > 0 && std::string_view(text.data(), static_cast<std::size_t>(size)) == "tsc\n";
}

// Returns how far the coarse clock moves at a time.
nanoseconds tick() noexcept {
  timespec resolution{};
  if (::clock_getres(CLOCK_MONOTONIC_COARSE, &resolution) != 0) return 10ms;
  return to_nanoseconds(resolution);
}

[[maybe_unused]] const bool is_set_up = [] {
  find_kernel_s_function();
  coarse_slack = coarse_slack_ticks * tick();
  const time_source best = cheap_clock::best_source();
  cheap_clock::use(best);
  if (best == time_source::tsc) next_check.store(0, std::memory_order_relaxed);
  return true;
}();

}  // namespace

std::string_view name_of(time_source source) noexcept {
  return source == time_source::tsc ? "tsc" : "coarse";
}

time_source cheap_clock::best_source() noexcept {
  return counter_is_invariant() && kernel_uses_tsc() ? time_source::tsc : time_source::coarse;
}

cheap_clock::duration cheap_clock::slack() noexcept {
  return source() == time_source::tsc ? counter_slack
                                      : coarse_slack.load(std::memory_order_relaxed);
}

cheap_clock::duration cheap_clock::least_timeout() noexcept {
  return source() == time_source::tsc ? timeouts_per_slack * counter_slack
                                      : coarse_least_timeout.load(std::memory_order_relaxed);
}

void cheap_clock::use(time_source source, std::uint64_t fresh_counts) noexcept {
  next_check.store(nanoseconds::max().count(), std::memory_order_relaxed);
  if (is_disabled) return;
  coarse_least_timeout = timeouts_per_slack * coarse_slack.load();
  fresh_counts_.store(source == time_source::tsc ? fresh_counts : 0);
  if (is_disabled) disable();  // on another thread, just now
}

void cheap_clock::disable() noexcept {
  is_disabled = true;
  coarse_least_timeout = duration::max();
  fresh_counts_ = 0;
}

namespace {

// Inline in both of its callers.
[[gnu::always_inline]] inline cheap_clock::time_point coarse_bound() noexcept {
  timespec time{};
  read_clock(CLOCK_MONOTONIC_COARSE, &time);
  return cheap_clock::time_point(to_nanoseconds(time)) +
         coarse_slack.load(std::memory_order_relaxed);
}

}  // namespace

cheap_clock::time_point cheap_clock::after_reading(duration timeout) noexcept {
  if (timeout > timeout_max || timeout < least_timeout()) [[unlikely]]
    return time_point::min();
  return (source() == time_source::coarse ? coarse_bound() : read()) + timeout;
}

cheap_clock::time_point cheap_clock::read() noexcept {
  if (source() == time_source::coarse) return coarse_bound();
  const std::uint64_t count = counter();  // before the clock, so that it is not younger
  const time_point now = clock_type::now();
  if (now.time_since_epoch().count() >= next_check.load(std::memory_order_relaxed)) [[unlikely]]
    check_source_again(now);
  last_ = {count, now + counter_slack};
  return last_.bound;
}

void cheap_clock::check_source_again(time_point now) noexcept {
  next_check.store((now + 1s).time_since_epoch().count(), std::memory_order_relaxed);
  if (!kernel_uses_tsc()) use(time_source::coarse);
}

}  // namespace timed::detail
