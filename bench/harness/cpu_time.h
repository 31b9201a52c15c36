// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_HARNESS_CPU_TIME_H
#define TIMED_BENCH_HARNESS_CPU_TIME_H

#include <sys/resource.h>
#include <time.h>

#include <chrono>
#include <cstdint>

namespace timed::bench {

using seconds = std::chrono::duration<double>;

/// @return CPU time of this process so far: all its threads, in user mode and in the kernel, and
///     kernel threads that work for it (io_uring's).
inline seconds cpu_time() {
  ::timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// @return How often the threads of this process have gone to sleep so far, to be woken up by
///     something else (voluntary context switches).
inline std::uint64_t sleeps() {
  ::rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_nvcsw);
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_HARNESS_CPU_TIME_H
