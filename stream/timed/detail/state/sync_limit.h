// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STATE_SYNC_LIMIT_H
#define TIMED_DETAIL_STATE_SYNC_LIMIT_H

#include "timed/detail/state/stream_options.h"
#include "timed/detail/time/deadlines.h"
#include "timed/direction.h"

namespace timed::detail {

/// A scope in which synchronous operations have a deadline, whatever the stream's settings.
/// @tparam State A `stream_state`.
template <class State>
class sync_limit {
 public:
  sync_limit(State& state, typename State::time_point deadline)
      : state_(state), deadlines_(state.deadlines_), options_(state.options) {
    if (!options_.sync_deadlines) state.deadlines_ = deadlines();
    state.deadlines_.limit_absolute(direction::both, deadline);
    state.options.sync_deadlines = true;
  }
  sync_limit(const sync_limit&) = delete;
  ~sync_limit() {
    state_.deadlines_ = deadlines_;
    state_.options = options_;
  }

 private:
  State& state_;
  deadlines deadlines_;
  stream_options options_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STATE_SYNC_LIMIT_H
