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

constinit std::atomic<bool> is_disabled = false;

// When the kernel's choice is next read again. Never, if a test has chosen.
constinit std::atomic<nanoseconds::rep> next_check = nanoseconds::max().count();

using clock_function = int(clockid_t, timespec*);

// Returns what clock_gettime(3) calls, or that itself.
clock_function* find_clock_gettime() noexcept {
  clock_function* found = &::clock_gettime;
  void* const vdso = ::dlopen("linux-vdso.so.1", RTLD_LAZY | RTLD_NOLOAD);
  if (vdso == nullptr) return found;
  for (const char* const name : {"__vdso_clock_gettime", "__kernel_clock_gettime"}) {
    if (void* const symbol = ::dlsym(vdso, name)) found = reinterpret_cast<clock_function*>(symbol);
  }
  ::dlclose(vdso);
  return found;
}

nanoseconds to_nanoseconds(const timespec& time) noexcept {
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

// Returns whether the CPU says that the counter runs at one rate in all of its states.
bool counter_is_invariant() noexcept {
#if defined(__x86_64__)
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
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

}  // namespace

const bool cheap_clock::is_set_up_ = set_up();

bool cheap_clock::set_up() noexcept {
  clock_gettime_ = find_clock_gettime();
  coarse_slack_ = coarse_slack_ticks * tick();
  const time_source best = best_source();
  use(best);
  if (best == time_source::tsc) next_check.store(0, std::memory_order_relaxed);
  return true;
}

std::string_view name_of(time_source source) noexcept {
  return source == time_source::tsc ? "tsc" : "coarse";
}

time_source cheap_clock::best_source() noexcept {
  return counter_is_invariant() && kernel_uses_tsc() ? time_source::tsc : time_source::coarse;
}

cheap_clock::duration cheap_clock::slack() noexcept {
  return source() == time_source::tsc ? counter_slack
                                      : coarse_slack_.load(std::memory_order_relaxed);
}

cheap_clock::duration cheap_clock::least_timeout() noexcept {
  return source() == time_source::tsc ? counter_least_timeout
                                      : coarse_least_timeout_.load(std::memory_order_relaxed);
}

void cheap_clock::use(time_source source, std::uint64_t fresh_counts) noexcept {
  next_check.store(nanoseconds::max().count(), std::memory_order_relaxed);
  if (is_disabled) return;
  coarse_least_timeout_ = timeouts_per_slack * coarse_slack_.load();
  fresh_counts_.store(source == time_source::tsc ? fresh_counts : 0);
  if (is_disabled) disable();  // on another thread, just now
}

void cheap_clock::disable() noexcept {
  is_disabled = true;
  coarse_least_timeout_ = duration::max();
  fresh_counts_ = 0;
}

cheap_clock::time_point cheap_clock::read_steady_clock() noexcept {
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
