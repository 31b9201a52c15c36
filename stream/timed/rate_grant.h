// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// A rate policy's answer.

#ifndef TIMED_RATE_GRANT_H
#define TIMED_RATE_GRANT_H

#include <chrono>
#include <cstddef>

#include "timed/detail/requires_cxx20.h"

namespace timed {

/// What a rate policy lets an operation transfer.
struct rate_grant {
  std::size_t bytes;                               ///< At most so many; zero: none for now,
  std::chrono::steady_clock::time_point retry_at;  ///< and this is when to ask again.
};

}  // namespace timed

#endif  // TIMED_RATE_GRANT_H
