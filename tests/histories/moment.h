// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_HISTORIES_MOMENT_H
#define TIMED_TESTS_HISTORIES_MOMENT_H

#include <algorithm>
#include <chrono>

namespace timed::tests::histories {

using time_point = std::chrono::steady_clock::time_point;

/// A point in time, as far as it is known. When a call reads the clock is known only to be between
/// its beginning and its end; under manual time both are the same.
struct moment {
  time_point earliest;
  time_point latest;

  static constexpr moment never() { return {time_point::max(), time_point::max()}; }
  static constexpr moment passed() { return {time_point::min(), time_point::min()}; }

  bool surely_before(time_point when) const { return latest <= when; }
  bool maybe_before(time_point when) const { return earliest <= when; }
  friend bool operator==(const moment&, const moment&) = default;
};

inline moment earlier(const moment& a, const moment& b) {
  return {std::min(a.earliest, b.earliest), std::min(a.latest, b.latest)};
}

/// Returns when a timeout ends that begins at `now`.
inline moment after(const moment& now, std::chrono::nanoseconds timeout) {
  if (timeout <= std::chrono::nanoseconds::zero()) return moment::passed();
  if (timeout > time_point::max() - now.latest) return moment::never();
  // Long ones are counted from a cheap clock, which may be a few per cent of them ahead.
  const bool is_long = timeout >= std::chrono::milliseconds(200);
  const auto slack =
      is_long && now.earliest != now.latest ? timeout / 32 : std::chrono::nanoseconds::zero();
  return {now.earliest + timeout, now.latest + timeout + slack};
}

}  // namespace timed::tests::histories

#endif  // TIMED_TESTS_HISTORIES_MOMENT_H
