// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// A clock for tests of timeouts, which then do not sleep.

#ifndef TIMED_MANUAL_CLOCK_H
#define TIMED_MANUAL_CLOCK_H

#include <boost/asio/execution_context.hpp>
#include <chrono>
#include <optional>

#include "timed/detail/time/clock_service.h"
#include "timed/detail/time/deadlines.h"

namespace timed {

/// The time of the streams of one execution context, under the program's control.
///
/// The clock belongs to the context. The streams under test and their types stay the same.
///
/// @code
/// timed::backend::io_context context;
/// timed::manual_clock clock(context);
/// ...
/// stream.expires_after(std::chrono::hours(1));
/// stream.async_read_some(buffer, handler);
/// clock.advance(std::chrono::hours(1));
/// context.poll();  // handler gets error::timeout
/// @endcode
///
/// From its construction on, and after its destruction too, the deadlines, idle timeouts and rate
/// limits of all streams of the context follow it. Asio's timers do not. Synchronous operations
/// check it every 10 ms while they block.
///
/// Make it before starting operations: an operation that is already outstanding times out when its
/// deadline has passed both in real time and by this clock.
///
/// Thread-safe. All objects for the same context share its time.
class manual_clock {
 public:
  /// A duration of the streams' clock.
  using duration = std::chrono::steady_clock::duration;
  /// A point in time of that clock.
  using time_point = std::chrono::steady_clock::time_point;

  /// Stops the time of the context's streams at the current time.
  /// @param context Has to outlive this object.
  explicit manual_clock(boost::asio::execution_context& context)
      : service_(&boost::asio::use_service<detail::clock_service>(context)) {
    service_->make_manual();
  }

  /// Returns the current time of the context's streams.
  time_point now() const noexcept { return service_->now(); }

  /// Moves time forward. Operations whose deadline is then reached or passed time out as soon as
  /// the context is run.
  /// @param by If `now() + by` cannot be represented, time moves to `time_point::max()`.
  /// @throws std::invalid_argument if it is negative.
  void advance(duration by) { advance_to(detail::deadlines::later(now(), by)); }

  /// Moves time forward to `when`; otherwise as `advance`.
  void advance_to(time_point when) { service_->advance_to(when); }

  /// Returns the earliest deadline of the outstanding operations, or the time at which one of them
  /// asks its rate policy again, if that is earlier; nothing if there is neither.
  std::optional<time_point> next_deadline() const { return service_->next(); }

 private:
  detail::clock_service* service_;
};

}  // namespace timed

#endif  // TIMED_MANUAL_CLOCK_H
