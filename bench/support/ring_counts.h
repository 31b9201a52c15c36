// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUPPORT_RING_COUNTS_H
#define TIMED_BENCH_SUPPORT_RING_COUNTS_H

#include <cstdint>

namespace timed::bench {

/// What went through all the rings of this process, whichever library has made them.
struct ring_counts {
  bool has_rings = false;
  std::uint32_t submissions = 0;  ///< These wrap: only differences have a meaning.
  std::uint32_t completions = 0;

  /// Since those, unless a ring was opened or closed meanwhile.
  ring_counts since(const ring_counts& before) const {
    return {has_rings, submissions - before.submissions, completions - before.completions};
  }
};

/// @return What the kernel says of them, in /proc/self/fdinfo.
ring_counts count_in_rings();

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_RING_COUNTS_H
