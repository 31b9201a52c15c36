// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// The directions of a stream.

#ifndef TIMED_DIRECTION_H
#define TIMED_DIRECTION_H

#include "timed/detail/requires_cxx20.h"

namespace timed {

/// What of a stream an operation occupies, and what a deadline is set for. A connect occupies both.
enum class direction : unsigned { read = 1, write = 2, both = 3 };

namespace detail {

/// @return Whether `which` contains the direction `one`.
constexpr bool contains(direction which, direction one) {
  return (static_cast<unsigned>(which) & static_cast<unsigned>(one)) == static_cast<unsigned>(one);
}

/// @return The place of what belongs to `which` in an array of one for each direction; a connect
///     has that of reading.
constexpr unsigned index_of(direction which) {
  return which == direction::write ? 1 : 0;
}

}  // namespace detail
}  // namespace timed

#endif  // TIMED_DIRECTION_H
