// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STATE_START_RESULT_H
#define TIMED_DETAIL_STATE_START_RESULT_H

#include <cstdint>

namespace timed::detail {

/// The result of `stream_state::try_start()`.
enum class start_result : std::uint8_t {
  started,
  already_started,  ///< Not started, as another operation is outstanding.
  timed_out         ///< Not started, as its deadline has passed.
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STATE_START_RESULT_H
