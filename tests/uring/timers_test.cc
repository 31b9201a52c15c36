// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A loop's timers, without a loop.

#include "timed/uring/detail/loop/timers.h"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <chrono>
#include <new>

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;
using detail::operation_queue;
using detail::timer_queue;
using detail::timers;
using detail::wait_operation;

class plain_wait final : public wait_operation {
 public:
  plain_wait() : wait_operation([](detail::operation*, bool) {}) {}
};

constexpr timers::time_point start{1h};

TEST(timers, tell_the_earliest_expiry) {
  timers all;
  timer_queue::timer late, early;
  plain_wait a, b;
  EXPECT_EQ(all.earliest(), timers::time_point::max());
  EXPECT_TRUE(all.add(late, start + 2s, a, [] {}));
  EXPECT_EQ(all.earliest(), start + 2s);
  EXPECT_TRUE(all.add(early, start + 1s, b, [] {})) << "the loop has to wait for less";
  EXPECT_EQ(all.earliest(), start + 1s);
  EXPECT_EQ(all.expire(start).front(), nullptr);
  EXPECT_EQ(all.expire(start + 1s).pop(), &b);
  EXPECT_EQ(all.earliest(), start + 2s);
  EXPECT_EQ(all.clear().pop(), &a);
  EXPECT_EQ(all.earliest(), timers::time_point::max());
}

TEST(timers, tell_that_a_later_one_changes_nothing) {
  timers all;
  timer_queue::timer early, late;
  plain_wait a, b;
  EXPECT_TRUE(all.add(early, start, a, [] {}));
  EXPECT_FALSE(all.add(late, start + 1s, b, [] {}));
  operation_queue left = all.clear();
  while (left.pop() != nullptr) {
  }
}

TEST(timers, call_back_once_a_wait_is_added) {
  timers all;
  timer_queue::timer timer;
  plain_wait wait;
  int added = 0;
  all.add(timer, start, wait, [&] { ++added; });
  EXPECT_EQ(added, 1);
  (void)all.clear().pop();
}

TEST(timers, abort_waits_that_are_cancelled) {
  timers all;
  timer_queue::timer timer;
  plain_wait first, second, third;
  third.key = &third;
  for (plain_wait* each : {&first, &second, &third}) all.add(timer, start, *each, [] {});
  EXPECT_EQ(all.cancel(timer, &third).pop(), &third);
  EXPECT_EQ(all.cancel_first(timer).pop(), &first);
  EXPECT_EQ(all.cancel(timer).pop(), &second);
  for (const plain_wait* each : {&first, &second, &third}) {
    EXPECT_EQ(each->ec, boost::asio::error::operation_aborted);
  }
  EXPECT_EQ(all.earliest(), timers::time_point::max());
}

}  // namespace
}  // namespace timed::uring::tests
