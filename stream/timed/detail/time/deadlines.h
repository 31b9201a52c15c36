// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_TIME_DEADLINES_H
#define TIMED_DETAIL_TIME_DEADLINES_H

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <concepts>
#include <ratio>
#include <utility>

#include "timed/detail/always_inline.h"
#include "timed/direction.h"

namespace timed::detail {

/// Returns `duration` as the steady clock's, at least zero; the longest one if it is too long, zero
/// if it is not a number.
template <class Rep, class Period>
std::chrono::steady_clock::duration saturating_duration(
    std::chrono::duration<Rep, Period> duration) {
  using steady = std::chrono::steady_clock::duration;
  using per_unit = std::ratio_divide<Period, steady::period>;
  if constexpr (std::integral<Rep> && per_unit::den == 1) {
    constexpr steady::rep longest = steady::max().count() / per_unit::num;
    if (std::cmp_greater(duration.count(), longest)) return steady::max();
    if (std::cmp_less_equal(duration.count(), 0)) return steady::zero();
    return steady(static_cast<steady::rep>(duration.count()) * per_unit::num);
  } else {
    // In floating point nothing overflows; a margin of a second covers its rounding.
    using ticks = std::chrono::duration<double, steady::period>;
    const ticks wanted(duration);
    if (!(wanted > ticks::zero())) return steady::zero();
    if (wanted >= ticks(steady::max()) - ticks(1e9)) return steady::max();
    return steady(static_cast<steady::rep>(std::ceil(wanted.count())));
  }
}

/// What limits the operations of a stream in time: pure arithmetic, for each direction.
///
/// An operation's deadline is the earliest of
///  - the absolute one, which stays from one operation to the next until it is changed;
///  - the idle timeout, counted from the operation's start;
///  - what the operation itself was given, by with_timeout.
///
/// The last two are fixed when it starts, and kept as its limit, which also holds when the absolute
/// deadline of an outstanding operation is changed.
class deadlines {
 public:
  using clock_type = std::chrono::steady_clock;
  using duration = clock_type::duration;
  using time_point = clock_type::time_point;

  static constexpr time_point never() { return time_point::max(); }

  /// A deadline that has passed, whatever time it is.
  static constexpr time_point passed() { return time_point::min(); }

  /// @return `now + after`, or never where that cannot be represented.
  static constexpr time_point later(time_point now, duration after) {
    if (now.time_since_epoch() > duration::zero() && after > never() - now) return never();
    return now + after;
  }

  /// Returns when a timeout that begins at `now` ends.
  static constexpr time_point after(time_point now, duration timeout) {
    return timeout <= duration::zero() ? passed() : later(now, timeout);
  }

  void set_absolute(direction which, time_point deadline) {
    for_each(which, [deadline](one& each) { each.absolute = deadline; });
  }

  /// Limits the absolute deadlines to `deadline`.
  void limit_absolute(direction which, time_point deadline) {
    for_each(which, [deadline](one& each) { each.absolute = std::min(each.absolute, deadline); });
  }

  /// @param timeout `duration::max()` for none.
  void set_idle(direction which, duration timeout) {
    for_each(which, [timeout](one& each) { each.idle = timeout; });
  }

  /// Replaces the limit of an outstanding operation.
  void set_limit(direction which, time_point limit) {
    for_each(which, [limit](one& each) { each.limit = limit; });
  }

  /// Gives an outstanding operation its idle timeout from now on.
  template <class Clock>
  void restart(direction which, const Clock& clock) {
    const duration idle = joined(which).idle;
    set_limit(which, idle == duration::max() ? never() : clock.after(idle));
  }

  /// @return Whether an operation that was not given a deadline of its own has none.
  bool has_none(direction which) const {
    const one both = joined(which);
    return both.absolute == never() && both.idle == duration::max();
  }

  /// Starts an operation.
  /// @param own The deadline of this operation alone.
  /// @return The operation's deadline, which may have passed.
  time_point start(direction which, time_point own, time_point now) {
    const one both = joined(which);
    const time_point idle = both.idle == duration::max() ? never() : after(now, both.idle);
    set_limit(which, std::min(idle, own));
    return std::min({idle, both.absolute, own});
  }

  /// Starts an operation, if that is possible without a precise reading of the clock.
  /// @param clock Has the cheap functions `is_surely_before(time_point)` and
  ///     `cheaply_after(duration)`; the latter may return `passed()`.
  /// @param need_not_check Returns true if this call of a handler has set the absolute deadline:
  ///     no clock is read then to find out whether it has passed.
  /// @param deadline The operation's deadline.
  /// @return Whether the operation was started.
  template <class Clock, class NeedNotCheck>
  TIMED_ALWAYS_INLINE bool start_quickly(direction which, time_point own, const Clock& clock,
                                         NeedNotCheck need_not_check, time_point& deadline) {
    if (which == direction::both) return false;
    one& mine = of_[index_of(which)];
    deadline = std::min(mine.absolute, own);
    if (mine.idle == duration::max()) [[likely]] {
      const bool none_or_unchecked = deadline == never() || (own == never() && need_not_check());
      if (!none_or_unchecked && !clock.is_surely_before(deadline)) [[unlikely]]
        return false;
      mine.limit = own;
      return true;
    }
    if (deadline != never()) return false;
    deadline = clock.cheaply_after(mine.idle);
    if (deadline == passed()) [[unlikely]]
      return false;
    mine.limit = deadline;
    return true;
  }

  /// @return The deadline of the outstanding operation.
  time_point of(direction which) const {
    const one both = joined(which);
    return std::min(both.absolute, both.limit);
  }

 private:
  struct one {
    time_point absolute = never();
    time_point limit = never();
    duration idle = duration::max();
  };

  one joined(direction which) const {
    if (which != direction::both) return of_[index_of(which)];
    return {.absolute = std::min(of_[0].absolute, of_[1].absolute),
            .limit = std::min(of_[0].limit, of_[1].limit),
            .idle = std::min(of_[0].idle, of_[1].idle)};
  }

  template <class Function>
  void for_each(direction which, Function function) {
    if (contains(which, direction::read)) function(of_[0]);
    if (contains(which, direction::write)) function(of_[1]);
  }

  std::array<one, 2> of_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_TIME_DEADLINES_H
