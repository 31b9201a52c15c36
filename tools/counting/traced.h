// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Counts what a piece of a program executes, by running it in a traced child process.

#ifndef TIMED_TOOLS_COUNTING_TRACED_H
#define TIMED_TOOLS_COUNTING_TRACED_H

#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>

namespace timed::counting {

/// What a child process did between two calls of `mark()`.
struct traced_counts {
  /// In user mode, those of the vDSO left out: they depend on the kernel and its clock source.
  std::uint64_t instructions = 0;
  std::uint64_t counter_reads = 0;             ///< time stamp counter, outside the vDSO
  std::map<int, std::uint64_t> clock_reads;    ///< calls into the vDSO by their first argument
  std::map<long, std::uint64_t> system_calls;  ///< by number
  std::uint64_t submits = 0;                   ///< of these, io_uring_enter(2) with submissions
  std::uint64_t submissions = 0;               ///< which the kernel took by those

  std::uint64_t all_system_calls() const {
    std::uint64_t sum = 0;
    for (const auto& [number, times] : system_calls) sum += times;
    return sum;
  }

  std::uint64_t reads_of(int clock) const {
    const auto found = clock_reads.find(clock);
    return found == clock_reads.end() ? 0 : found->second;
  }
};

/// Ends the part that does not count, or the one that does; to be called twice.
void mark();

/// Tracing is not allowed here; `what()` says why that may be.
struct tracing_is_forbidden : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The child process has ended too early; what it wrote says why.
struct child_has_ended : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Runs `program` in a child process twice, once to count its instructions, one by one, and once to
/// count its system calls. The caller has one thread, and nothing that does not survive a fork.
/// @throws tracing_is_forbidden as its name says.
/// @throws child_has_ended if the child fails, also after it has called `mark()` twice, or does not
///     call it twice.
traced_counts traced(const std::function<void()>& program);

/// The same, once, for the system calls only: all else is 0.
traced_counts traced_system_calls(const std::function<void()>& program);

}  // namespace timed::counting

#endif  // TIMED_TOOLS_COUNTING_TRACED_H
