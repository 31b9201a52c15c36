// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/loop/work_count.h"

#include <gtest/gtest.h>

#include <thread>

namespace timed::uring::tests {
namespace {

using detail::work_count;

TEST(work_count, is_exact_for_its_owner_and_for_others_after_a_fold) {
  work_count count;
  EXPECT_TRUE(count.is_zero());
  count.start_here();
  EXPECT_FALSE(count.is_zero());
  EXPECT_TRUE(count.is_zero_if_folded()) << "others do not see it yet";
  EXPECT_EQ(count.fold(), 1);
  EXPECT_FALSE(count.is_zero_if_folded());
  count.finish_here();
  EXPECT_TRUE(count.is_zero());
  EXPECT_EQ(count.fold(), 0);
  EXPECT_TRUE(count.is_zero_if_folded());
}

TEST(work_count, tells_the_thread_that_finishes_the_last) {
  work_count count;
  count.start_elsewhere();
  count.start_elsewhere();
  EXPECT_FALSE(count.finish_elsewhere());
  EXPECT_TRUE(count.finish_elsewhere());
}

TEST(work_count, may_be_started_here_and_finished_elsewhere) {
  work_count count;
  count.start_here();
  std::thread([&] { EXPECT_FALSE(count.finish_elsewhere()); }).join();
  EXPECT_TRUE(count.is_zero());
  EXPECT_EQ(count.fold(), 0);
}

}  // namespace
}  // namespace timed::uring::tests
