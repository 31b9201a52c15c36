// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// The directions of a stream.

#ifndef TIMED_DIRECTION_H
#define TIMED_DIRECTION_H

namespace timed {

/// What of a stream an operation occupies, and what a deadline is set for. A connect occupies both.
enum class direction : unsigned { read = 1, write = 2, both = 3 };

}  // namespace timed

#endif  // TIMED_DIRECTION_H
