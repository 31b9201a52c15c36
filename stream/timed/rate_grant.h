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

/// The bytes that a rate policy allows an operation to transfer.
struct rate_grant {
  std::size_t bytes;                               ///< Maximum number; zero: none now.
  std::chrono::steady_clock::time_point retry_at;  ///< When to ask again if there are none.
};

}  // namespace timed

#endif  // TIMED_RATE_GRANT_H
