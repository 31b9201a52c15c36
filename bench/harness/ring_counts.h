// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_HARNESS_RING_COUNTS_H
#define TIMED_BENCH_HARNESS_RING_COUNTS_H

#include <cstdint>

namespace timed::bench {

/// Counts of all rings of this process, whichever library has opened them.
struct ring_counts {
  bool has_rings = false;
  std::uint32_t submissions = 0;  ///< Wraps around: only differences are meaningful.
  std::uint32_t completions = 0;

  /// @return The difference, which is valid unless a ring was opened or closed in between.
  ring_counts since(const ring_counts& before) const {
    return {has_rings, submissions - before.submissions, completions - before.completions};
  }
};

/// @return The kernel's counts in /proc/self/fdinfo.
ring_counts count_in_rings();

}  // namespace timed::bench

#endif  // TIMED_BENCH_HARNESS_RING_COUNTS_H
