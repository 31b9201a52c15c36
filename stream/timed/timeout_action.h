// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// The effect of a timeout on the stream.

#ifndef TIMED_TIMEOUT_ACTION_H
#define TIMED_TIMEOUT_ACTION_H

#include "timed/detail/requires_cxx20.h"

namespace timed {

/// The effect on a stream when the deadline of an operation passes; see
/// `socket_stream::on_timeout`.
enum class timeout_action : bool {  // bool: the compiler knows that it has two values
  /// The stream is closed, and every outstanding operation reports `error::timeout`.
  close,
  /// Only that operation is cancelled and reports `error::timeout`; the stream stays usable. (The
  /// timeout of a connect closes the stream nevertheless.)
  cancel,
};

}  // namespace timed

#endif  // TIMED_TIMEOUT_ACTION_H
