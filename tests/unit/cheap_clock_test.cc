// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/cheap_clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace timed::detail {
namespace {

using namespace std::chrono_literals;
using clock_type = cheap_clock::clock_type;
using time_point = cheap_clock::time_point;

class every_source : public testing::TestWithParam<time_source> {
 protected:
  void SetUp() override { cheap_clock::use(GetParam()); }
  void TearDown() override { cheap_clock::use(cheap_clock::best_source()); }
};

std::vector<time_source> sources() {
  if (cheap_clock::has_counter) return {time_source::tsc, time_source::coarse};
  return {time_source::coarse};
}

INSTANTIATE_TEST_SUITE_P(, every_source, testing::ValuesIn(sources()),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

TEST_P(every_source, is_never_behind_the_steady_clock) {
  for (const auto end = clock_type::now() + 300ms;;) {
    const time_point before = clock_type::now();
    ASSERT_GE(cheap_clock::upper_bound(), before);
    if (before >= end) break;
  }
}

TEST_P(every_source, is_ahead_of_the_steady_clock_by_the_slack_at_most) {
  for (const auto end = clock_type::now() + 300ms;;) {
    const time_point bound = cheap_clock::upper_bound();
    const time_point after = clock_type::now();
    ASSERT_LE(bound, after + cheap_clock::slack());
    if (after >= end) break;
  }
}

TEST_P(every_source, is_right_after_a_pause) {
  cheap_clock::upper_bound();
  for (const auto pause : {1ms, 10ms, 100ms}) {
    std::this_thread::sleep_for(pause);
    const time_point before = clock_type::now();
    EXPECT_GE(cheap_clock::upper_bound(), before);
  }
}

TEST_P(every_source, is_right_on_a_new_thread) {
  std::thread([] {
    const time_point before = clock_type::now();
    EXPECT_GE(cheap_clock::upper_bound(), before);
  }).join();
}

TEST_P(every_source, is_read_for_timeouts_of_which_the_slack_is_1_6_percent_at_most) {
  EXPECT_LE(1000 * cheap_clock::slack(), 16 * cheap_clock::least_timeout());
  EXPECT_LE(cheap_clock::least_timeout(), 10s);
}

TEST_P(every_source, adds_timeouts_from_the_least_one_on) {
  using duration = cheap_clock::duration;
  const duration least = cheap_clock::least_timeout();
  const time_point before = clock_type::now();
  EXPECT_GE(cheap_clock::after(least), before + least);
  EXPECT_LE(cheap_clock::after(least), clock_type::now() + least + cheap_clock::slack());
  EXPECT_GE(cheap_clock::after(duration::max() / 2), before + duration::max() / 2);
  for (const duration other : {least - 1ns, 0ns, -1ns, duration::min(), duration::max()}) {
    EXPECT_EQ(cheap_clock::after(other), time_point::min());
  }
}

TEST_P(every_source, is_the_one_in_use) {
  EXPECT_EQ(cheap_clock::source(), GetParam());
}

TEST(cheap_clock, assumes_a_counter_of_125_mhz) {
  EXPECT_EQ(cheap_clock::counts_within(8ns), 1u);
  EXPECT_EQ(cheap_clock::counts_within(4ms), 500'000u);
}

// In a process of its own, as it is for good.
TEST(cheap_clock, has_every_timeout_too_short_once_disabled) {
  const auto all_are_too_short = [] {
    cheap_clock::disable();
    for (const time_source each : sources()) {
      cheap_clock::use(each);
      if (cheap_clock::least_timeout() != cheap_clock::duration::max()) return false;
      if (cheap_clock::after(1h) != time_point::min()) return false;
    }
    return true;
  };
  EXPECT_EXIT(std::exit(all_are_too_short() ? 0 : 1), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace timed::detail
