// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_HARNESS_CPU_TIME_H
#define TIMED_BENCH_HARNESS_CPU_TIME_H

#include <time.h>

#include <chrono>

namespace timed::bench {

using seconds = std::chrono::duration<double>;

/// @return CPU time of this process so far: all its threads, in user mode and in the kernel, and
///     kernel threads that work for it (io_uring's).
inline seconds cpu_time() {
  ::timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_HARNESS_CPU_TIME_H
