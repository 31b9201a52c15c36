// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// A clock for tests of timeouts that do not sleep.

#ifndef TIMED_MANUAL_CLOCK_H
#define TIMED_MANUAL_CLOCK_H

#include <boost/asio/execution_context.hpp>
#include <chrono>
#include <optional>

#include "timed/detail/clock_service.h"

namespace timed {

/// Time for the streams of one execution context that passes only when the program says so.
///
/// The streams under test keep their types and know nothing of it: the clock belongs to their
/// context.
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
/// limits of all streams of the context follow it. Nothing else does: not Asio's timers, nor the
/// deadlines of synchronous operations while they block (they look at it every 10 ms).
///
/// Make it first: an operation that is outstanding when it is made times out when its deadline has
/// passed both in real time and by this clock.
///
/// Thread-safe. All objects for the same context share its time.
class manual_clock {
 public:
  using duration = std::chrono::steady_clock::duration;
  using time_point = std::chrono::steady_clock::time_point;

  /// Stops the time of the context's streams, at what it is.
  /// @param context Has to outlive this object.
  explicit manual_clock(boost::asio::execution_context& context)
      : service_(&boost::asio::use_service<detail::clock_service>(context)) {
    service_->make_manual();
  }

  time_point now() const noexcept { return service_->now(); }

  /// Lets time pass. What times out by that does so as soon as the context is run; an operation
  /// whose deadline is exactly then has timed out.
  /// @param by If `now() + by` cannot be represented, time moves to the end of time.
  /// @throws std::invalid_argument if it is negative.
  void advance(duration by) {
    const time_point from = now();
    advance_to(by > time_point::max() - from ? time_point::max() : from + by);
  }

  /// Lets time pass until `when`; else as `advance`.
  void advance_to(time_point when) { service_->advance_to(when); }

  /// @return The earliest deadline of the operations that are outstanding, if any has one: what to
  ///     advance to, to see the next timeout. (Or when one that waits for its rate policy goes on.)
  std::optional<time_point> next_deadline() const { return service_->next(); }

 private:
  detail::clock_service* service_;
};

}  // namespace timed

#endif  // TIMED_MANUAL_CLOCK_H
