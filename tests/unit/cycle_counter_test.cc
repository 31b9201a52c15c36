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

// Whether it says so in one of some tries: a thread may be kept waiting for long between any two
// instructions.
bool is_ever_before(time_point when, time_point expected) {
  for (int tries = 0; tries < 100; ++tries) {
    time_ahead ahead;
    ahead.look();
    ahead.expect(expected);
    if (ahead.is_before(when)) return true;
  }
  return false;
}

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
  const time_point now = clock_type::now();
  EXPECT_FALSE(is_ever_before(now + 59min, now + 1h));
  EXPECT_EQ(is_ever_before(now + 2h, now + 1h), cycle_counter::counts_within(1h) != 0);
}

TEST(time_ahead, looks_again_at_what_has_come) {
  const time_point now = clock_type::now();
  EXPECT_FALSE(is_ever_before(now - 1s, now - 1s));
  for (const time_point when : {time_point::min(), now - 1s, now + 1h, time_point::max()}) {
    EXPECT_FALSE(is_ever_before(when, time_point::min()));
  }
}

TEST(time_ahead, takes_what_never_comes_as_any_other_time) {
  constexpr time_point never = time_point::max();
  EXPECT_EQ(is_ever_before(never, never), cycle_counter::counts_within(1s) != 0);
  EXPECT_FALSE(is_ever_before(clock_type::now() + 1h, never));
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
