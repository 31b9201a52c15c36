// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/state/ending_check.h"

#include <gtest/gtest.h>

namespace timed::detail {
namespace {

TEST(ending_check, allows_a_start_before_and_after_the_end) {
  ending_check check;
  check.assert_not_ending();
  { const ending_check::scope scope(check); }
  check.assert_not_ending();
}

TEST(ending_check_death_test, refuses_a_start_during_the_end_and_names_the_remedy) {
  ending_check check;
  const ending_check::scope scope(check);
  EXPECT_DEBUG_DEATH(check.assert_not_ending(), "Post these calls to the stream's executor");
}

}  // namespace
}  // namespace timed::detail
