// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// The directions of a stream.

#ifndef TIMED_DIRECTION_H
#define TIMED_DIRECTION_H

#include "timed/detail/requires_cxx20.h"

namespace timed {

/// The direction of an operation, and of a deadline. A connect has both.
enum class direction : unsigned { read = 1, write = 2, both = 3 };

namespace detail {

/// Returns whether `which` contains the direction `one`.
constexpr bool contains(direction which, direction one) {
  return (static_cast<unsigned>(which) & static_cast<unsigned>(one)) == static_cast<unsigned>(one);
}

/// Returns the index of `which` in an array with an element for each direction. A connect has that
/// of reading.
constexpr unsigned index_of(direction which) {
  return which == direction::write ? 1 : 0;
}

}  // namespace detail
}  // namespace timed

#endif  // TIMED_DIRECTION_H
