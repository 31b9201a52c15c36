// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// What a `timed::uring::io_context` has done so far.

#ifndef TIMED_URING_RING_STATISTICS_H
#define TIMED_URING_RING_STATISTICS_H

#include <cstdint>

#include "timed/uring/options.h"

namespace timed::uring {

/// Counters of a `timed::uring::io_context`, from its construction on; they outlast a change of
/// thread. Each is exact, but as the context may be running, they need not be of the same moment.
struct ring_statistics {
  ring_mode mode = ring_mode::deferred;  ///< The way in which the ring is set up now.
  std::uint64_t operations = 0;          ///< Operations of sockets that were started.
  std::uint64_t enters = 0;              ///< Calls of io_uring_enter(2).
  std::uint64_t submissions = 0;         ///< Submission queue entries that the kernel has taken.
  std::uint64_t completions = 0;         ///< Completion queue entries that were handled.
  std::uint64_t copied_sends = 0;        ///< Zero-copy sends that the kernel refused, made with a
                                         ///< copy instead; see `options::zero_copy_from`.
  std::uint64_t changes_of_thread = 0;   ///< Rings that were set up later, as another thread ran
                                         ///< the context, or a child process.
};

}  // namespace timed::uring

#endif  // TIMED_URING_RING_STATISTICS_H
