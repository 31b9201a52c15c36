// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_RING_RING_COUNTERS_H
#define TIMED_URING_DETAIL_RING_RING_COUNTERS_H

#include "timed/detail/counter.h"

namespace timed::uring::detail {

/// What the rings of one loop have done.
struct ring_counters {
  timed::detail::counter enters;
  timed::detail::counter submissions;
  timed::detail::counter completions;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_RING_RING_COUNTERS_H
