// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/operation/speculative_read_policy.h"

#include <gtest/gtest.h>

namespace timed::uring::tests {
namespace {

using detail::speculative_read_policy;

// @return Number of the reads that are tried, each with the same outcome.
int tries(speculative_read_policy& policy, int reads, bool finds_input) {
  int count = 0;
  for (int i = 0; i < reads; ++i) {
    if (!policy.should_try()) continue;
    ++count;
    policy.tried(finds_input, false);
  }
  return count;
}

TEST(speculative_read_policy, tries_as_long_as_tries_find_input) {
  speculative_read_policy policy;
  EXPECT_EQ(tries(policy, 100, true), 100);
}

TEST(speculative_read_policy, hardly_tries_if_there_is_never_input) {
  speculative_read_policy policy;
  EXPECT_LE(tries(policy, 10'000, false), 10'000 / 128 + 8);
}

TEST(speculative_read_policy, tries_again_once_there_is_input) {
  speculative_read_policy policy;
  (void)tries(policy, 10'000, false);
  EXPECT_GE(tries(policy, 1'000, true), 1'000 - 127);
}

TEST(speculative_read_policy, expects_input_that_the_kernel_has_reported) {
  speculative_read_policy policy;
  (void)tries(policy, 10'000, false);
  policy.completed(true);
  EXPECT_TRUE(policy.expects_input());
  EXPECT_TRUE(policy.should_try());
  policy.tried(true, true);
  EXPECT_TRUE(policy.expects_input()) << "the whole buffer was filled";
  policy.tried(true, false);
  EXPECT_FALSE(policy.expects_input());
  policy.completed(false);
  EXPECT_FALSE(policy.expects_input());
}

}  // namespace
}  // namespace timed::uring::tests
