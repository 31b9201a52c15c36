// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_OUTSIDE_OUTSIDE_PROGRAM_H
#define TIMED_BENCH_CONTENDERS_OUTSIDE_OUTSIDE_PROGRAM_H

#include <sys/types.h>
#include <time.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/clients/forked_program.h"
#include "bench/harness/cpu_time.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench::contenders {

/// An echo server that is a program of its own, in a child process on this process's CPU.
///
/// The numbers of its connections' descriptors, which it inherits, are its arguments. It prints
/// the line "ready" before it reads from them, and nothing else unless it fails. It ends when this
/// object is destroyed, and when this process ends in any way.
class outside_program {
 public:
  /// Forks, so this process must have one thread, and nothing that does not survive a fork. Returns
  /// when the program is ready.
  /// @param ready_max Limit of the wait.
  /// @throws std::runtime_error if it does not become ready; it says why.
  outside_program(const std::filesystem::path& file, std::vector<owned_descriptor> connections,
                  std::chrono::milliseconds ready_max = std::chrono::seconds(30));

  ::pid_t pid() const { return process_.pid(); }

  /// @return CPU time of its process so far: of all threads, in user mode and in the kernel.
  /// @throws std::system_error
  seconds cpu_time() const;

  /// @return How often its threads have gone to sleep so far (voluntary context switches).
  /// @throws std::runtime_error
  std::uint64_t sleeps() const;

  /// Waits for a moment, in case it is about to end.
  /// @return What has become of it, and what it has said: "it has ended with status 1, and said:
  /// ...".
  std::string state();

 private:
  void await_ready(std::chrono::milliseconds at_most);

  forked_program process_;
  ::clockid_t cpu_clock_ = 0;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_OUTSIDE_OUTSIDE_PROGRAM_H
