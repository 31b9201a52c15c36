// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STATE_STREAM_OPTIONS_H
#define TIMED_DETAIL_STATE_STREAM_OPTIONS_H

#include <cstdint>

#include "timed/timeout_action.h"

namespace timed::detail {

/// The settings of a stream, besides its deadlines.
struct stream_options {
  std::uint32_t linger_ms = 30'000;
  timeout_action on_timeout = timeout_action::close;
  bool sync_deadlines = false;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STATE_STREAM_OPTIONS_H
