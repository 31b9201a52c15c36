// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Counts what a piece of a program executes, by running it in a traced child process.

#ifndef TIMED_TESTS_COST_TRACED_H
#define TIMED_TESTS_COST_TRACED_H

#include <cstdint>
#include <functional>
#include <map>

namespace timed::tests {

/// What a child process did between two calls of `mark()`.
struct traced_counts {
  std::uint64_t instructions = 0;              ///< in user mode, the vDSO's included
  std::map<long, std::uint64_t> system_calls;  ///< by number
};

/// Ends the part that does not count, or the one that does; to be called twice.
void mark();

/// Runs `program` in a child process twice, once to count its instructions, one by one, and once to
/// count its system calls. The caller has one thread, and nothing that does not survive a fork.
/// @throws std::runtime_error if tracing is not allowed here, the child fails, or it does not call
///     `mark()` twice.
traced_counts traced(const std::function<void()>& program);

}  // namespace timed::tests

#endif  // TIMED_TESTS_COST_TRACED_H
