// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_OPERATION_STREAM_ACCESS_H
#define TIMED_DETAIL_OPERATION_STREAM_ACCESS_H

#include "timed/detail/requires_cxx20.h"

namespace timed::detail {

/// Access to a stream's state, for the functions that end connections. (The stream befriends it.)
class stream_access {
 public:
  template <class Stream>
  static const auto& state(const Stream& stream) {
    return stream.state();
  }

  template <class Stream>
  static void close_at_once(Stream& stream) noexcept {
    stream.close_at_once();
  }
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_OPERATION_STREAM_ACCESS_H
