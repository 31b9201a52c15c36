// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The assertions of the event loop find what they are for.

#include "timed/uring/detail/operation/assert.h"

#include <gtest/gtest.h>
#include <liburing.h>

#include "timed/uring/detail/loop/run_ownership.h"
#include "timed/uring/detail/loop/wakeup.h"
#include "timed/uring/detail/loop/work_count.h"

namespace timed::uring::tests {
namespace {

class assertions : public testing::Test {
 protected:
  void SetUp() override {
    if (!TIMED_URING_ASSERTIONS) GTEST_SKIP() << "they are not active in this build";
    GTEST_FLAG_SET(death_test_style, "threadsafe");
  }
};

using assertions_death_test = assertions;

TEST_F(assertions_death_test, find_a_loop_that_is_released_twice) {
  detail::run_ownership ownership;
  ownership.acquire();
  ownership.release();
  EXPECT_DEATH(ownership.release(), "assertion failed: is_held");
}

TEST_F(assertions_death_test, find_runs_that_end_in_another_order) {
  detail::run_ownership ownership;
  detail::run_ownership::frame outer, inner;
  ownership.acquire();
  ownership.enter(outer);
  ownership.enter(inner);
  EXPECT_DEATH(ownership.leave(outer), "assertion failed: innermost_ == &here");
  ownership.leave(inner);
  ownership.leave(outer);
  ownership.release();
}

TEST_F(assertions_death_test, find_work_that_is_finished_twice) {
  detail::work_count count;
  count.start_here();
  count.finish_here();
  count.finish_here();
  EXPECT_DEATH(count.fold(), "assertion failed: sum >= 0");
}

TEST_F(assertions_death_test, find_a_second_read_of_the_eventfd) {
  detail::wakeup calls;
  io_uring_sqe entry{};
  calls.arm(entry);
  EXPECT_DEATH(calls.arm(entry), "assertion failed: !is_armed_");
}

}  // namespace
}  // namespace timed::uring::tests
