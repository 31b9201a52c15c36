// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// What a stream does when a deadline passes.

#ifndef TIMED_TIMEOUT_ACTION_H
#define TIMED_TIMEOUT_ACTION_H

#include "timed/detail/requires_cxx20.h"

namespace timed {

/// What happens to a stream when the deadline of an operation passes; see
/// `basic_stream::on_timeout`.
enum class timeout_action : unsigned char {
  /// The stream is closed, and everything outstanding on it reports `error::timeout`.
  close,
  /// That one operation is cancelled and reports `error::timeout`; the stream stays usable. (A
  /// connect leaves nothing that could be used: it closes the stream all the same.)
  cancel,
};

}  // namespace timed

#endif  // TIMED_TIMEOUT_ACTION_H
