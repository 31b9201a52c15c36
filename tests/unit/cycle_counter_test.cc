// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/cycle_counter.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

namespace timed::detail {
namespace {

using namespace std::chrono_literals;
using clock_type = time_ahead::clock_type;
using time_point = time_ahead::time_point;

TEST(time_ahead, knows_nothing_before_the_first_look) {
  EXPECT_FALSE(time_ahead().is_before(clock_type::now() + 1h));
}

TEST(time_ahead, is_never_before_a_time_that_has_come) {
  time_ahead ahead;
  int known = 0;
  for (int i = 0; i < 50; ++i) {
    const time_point next = ahead.look() + 1ms;
    ahead.expect(next);
    for (time_point now; (now = clock_type::now()) < next + 1ms;) {
      if (!ahead.is_before(next)) continue;
      ++known;
      ASSERT_LT(now, next);
    }
  }
  EXPECT_EQ(known > 0, cycle_counter::counts_within(1ms) != 0);
}

TEST(time_ahead, does_not_tell_of_what_is_earlier_than_expected) {
  time_ahead ahead;
  const time_point now = ahead.look();
  ahead.expect(now + 1h);
  EXPECT_FALSE(ahead.is_before(now + 59min));
  EXPECT_EQ(ahead.is_before(now + 2h), cycle_counter::counts_within(1h) != 0);
}

TEST(time_ahead, looks_again_at_what_has_come) {
  time_ahead ahead;
  const time_point now = ahead.look();
  ahead.expect(now - 1s);
  EXPECT_FALSE(ahead.is_before(now - 1s));
  ahead.expect(time_point::min());
  for (const time_point when : {time_point::min(), now - 1s, now + 1h, time_point::max()}) {
    EXPECT_FALSE(ahead.is_before(when));
  }
}

TEST(time_ahead, takes_what_never_comes_as_any_other_time) {
  time_ahead ahead;
  ahead.look();
  ahead.expect(time_point::max());
  EXPECT_EQ(ahead.is_before(time_point::max()), cycle_counter::counts_within(1s) != 0);
  EXPECT_FALSE(ahead.is_before(clock_type::now() + 1h));
}

TEST(cycle_counter, counts_no_faster_than_is_believed_and_never_back) {
  const std::uint64_t within = cycle_counter::counts_within(10ms);
  if (within == 0) return;  // nothing is believed here
  const std::uint64_t first = cycle_counter::now();
  const time_point began = clock_type::now();
  std::uint64_t last = first;
  while (clock_type::now() - began < 10ms) {
    const std::uint64_t next = cycle_counter::now();
    ASSERT_GE(next, last);
    last = next;
  }
  EXPECT_GE(last - first, within);
}

}  // namespace
}  // namespace timed::detail
