// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/operation/speculative_read_policy.h"

#include <gtest/gtest.h>

namespace timed::uring::tests {
namespace {

using detail::speculative_read_policy;

// @return How many of the reads are tried, each of them with the same outcome.
int tries(speculative_read_policy& input, int reads, bool in_vain) {
  int count = 0;
  for (int i = 0; i < reads; ++i) {
    if (!input.should_try()) continue;
    ++count;
    input.tried(!in_vain, false);
  }
  return count;
}

TEST(speculative_read_policy, is_tried_as_long_as_that_is_not_in_vain) {
  speculative_read_policy input;
  EXPECT_EQ(tries(input, 100, false), 100);
}

TEST(speculative_read_policy, is_hardly_tried_where_it_always_is) {
  speculative_read_policy input;
  EXPECT_LE(tries(input, 10'000, true), 10'000 / 128 + 8);
}

TEST(speculative_read_policy, is_tried_again_once_it_was_not) {
  speculative_read_policy input;
  (void)tries(input, 10'000, true);
  EXPECT_GE(tries(input, 1'000, false), 1'000 - 127);
}

TEST(speculative_read_policy, expects_input_where_the_kernel_says_so) {
  speculative_read_policy input;
  (void)tries(input, 10'000, true);
  input.completed(true);
  EXPECT_TRUE(input.expects_input());
  EXPECT_TRUE(input.should_try());
  input.tried(true, true);
  EXPECT_TRUE(input.expects_input()) << "it was enough for the whole buffer";
  input.tried(true, false);
  EXPECT_FALSE(input.expects_input());
  input.completed(false);
  EXPECT_FALSE(input.expects_input());
}

}  // namespace
}  // namespace timed::uring::tests
