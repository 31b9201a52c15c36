// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/expected_input.h"

#include <gtest/gtest.h>

namespace timed::uring::tests {
namespace {

using detail::expected_input;

// @return How many of the reads are tried, each of them with the same outcome.
int tries(expected_input& input, int reads, bool in_vain) {
  int count = 0;
  for (int i = 0; i < reads; ++i) {
    if (!input.is_worth_a_try()) continue;
    ++count;
    input.tried(!in_vain, false);
  }
  return count;
}

TEST(expected_input, is_tried_as_long_as_that_is_not_in_vain) {
  expected_input input;
  EXPECT_EQ(tries(input, 100, false), 100);
}

TEST(expected_input, is_hardly_tried_where_it_always_is) {
  expected_input input;
  EXPECT_LE(tries(input, 10'000, true), 10'000 / 128 + 8);
}

TEST(expected_input, is_tried_again_once_it_was_not) {
  expected_input input;
  (void)tries(input, 10'000, true);
  EXPECT_GE(tries(input, 1'000, false), 1'000 - 127);
}

TEST(expected_input, is_known_where_the_kernel_says_so) {
  expected_input input;
  (void)tries(input, 10'000, true);
  input.completed(true);
  EXPECT_TRUE(input.is_known());
  EXPECT_TRUE(input.is_worth_a_try());
  input.tried(true, true);
  EXPECT_TRUE(input.is_known()) << "it was enough for the whole buffer";
  input.tried(true, false);
  EXPECT_FALSE(input.is_known());
  input.completed(false);
  EXPECT_FALSE(input.is_known());
}

}  // namespace
}  // namespace timed::uring::tests
