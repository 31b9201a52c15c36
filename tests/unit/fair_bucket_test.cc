// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/rate/fair_bucket.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>

namespace timed::detail {
namespace {

using namespace std::chrono_literals;

using time_point = fair_bucket::time_point;
using user = fair_bucket::user;

constexpr time_point start = time_point(1h);

// 10'000 bytes per second: ten in a millisecond, 250 at least for those who want many. Empty.
class fair_bucket_test : public testing::Test {
 protected:
  fair_bucket_test() {
    bucket_.limit(10'000);
    take(other_, 1'000, start);
  }

  std::size_t take(user& who, std::size_t wanted, time_point now) {
    const auto grant = bucket_.acquire(who, wanted, now);
    if (grant.bytes > 0) bucket_.settle(who, grant.bytes, grant.bytes, now);
    return grant.bytes;
  }

  fair_bucket bucket_;
  user big_;
  user small_;
  user other_;
};

TEST_F(fair_bucket_test, a_big_waiter_does_not_starve_behind_small_ones) {
  const auto refused = bucket_.acquire(big_, 5'000, start);
  ASSERT_EQ(refused.bytes, 0u);
  ASSERT_EQ(refused.retry_at, start + 25ms);
  for (auto now = start; now < start + 25ms; now += 100us) EXPECT_EQ(take(small_, 1, now), 0u);
  EXPECT_EQ(take(big_, 5'000, start + 25ms), 250u);
}

TEST_F(fair_bucket_test, others_get_what_the_first_waiter_leaves) {
  EXPECT_EQ(take(big_, 5'000, start), 0u);
  EXPECT_EQ(take(small_, 1, start + 25ms), 0u);
  EXPECT_EQ(take(small_, 1'000, start + 60ms), 350u);
  EXPECT_EQ(take(big_, 5'000, start + 60ms), 250u);
}

TEST_F(fair_bucket_test, the_user_that_has_waited_longest_is_first_when_it_asks) {
  EXPECT_EQ(take(big_, 5'000, start), 0u);
  EXPECT_EQ(take(small_, 5'000, start), 0u);
  EXPECT_EQ(take(other_, 5'000, start), 0u);
  EXPECT_EQ(take(big_, 250, start + 25ms), 250u);
  EXPECT_EQ(take(other_, 5'000, start + 30ms), 0u);  // first, until
  EXPECT_EQ(take(small_, 5'000, start + 40ms), 0u);  // this one asks
  EXPECT_EQ(take(other_, 5'000, start + 50ms), 0u);
  EXPECT_EQ(take(small_, 250, start + 50ms), 250u);
}

TEST_F(fair_bucket_test, all_are_served_in_turn) {
  std::array<user, 10> users;
  std::array<std::size_t, users.size()> served{};
  for (auto now = start; now < start + 10s; now += 1ms) {
    // The later ones want less, and ask first.
    for (std::size_t i = users.size(); i-- > 0;) {
      if (take(users[i], i < 5 ? 5'000 : 1, now) > 0) ++served[i];
    }
  }
  for (std::size_t i = 0; i < users.size(); ++i) EXPECT_GT(served[i], 70u) << i;
}

TEST_F(fair_bucket_test, no_user_waits_for_one_that_stops_waiting) {
  EXPECT_EQ(take(big_, 5'000, start), 0u);
  EXPECT_EQ(take(small_, 1, start + 5ms), 0u);
  bucket_.settle(big_, 0, 0, start + 5ms);
  EXPECT_EQ(take(small_, 1, start + 5ms), 1u);
}

TEST_F(fair_bucket_test, one_that_no_longer_asks_is_forgotten) {
  bucket_.limit(1);
  const auto refused = bucket_.acquire(big_, 1, start + 850ms);
  ASSERT_EQ(refused.retry_at, start + 950ms);
  EXPECT_EQ(take(small_, 1, start + 1'050ms), 0u);
  EXPECT_EQ(take(small_, 1, start + 1'051ms), 1u);
}

TEST_F(fair_bucket_test, a_limit_set_again_to_what_it_is_changes_nothing) {
  ASSERT_EQ(bucket_.acquire(big_, 100, start + 10ms).bytes, 100u);
  bucket_.limit(10'000);
  bucket_.settle(big_, 100, 0, start + 10ms);
  EXPECT_EQ(take(small_, 100, start + 10ms), 100u);
}

TEST_F(fair_bucket_test, what_was_granted_under_another_limit_does_not_return) {
  ASSERT_EQ(bucket_.acquire(big_, 100, start + 10ms).bytes, 100u);
  bucket_.limit(10'001);
  ASSERT_EQ(bucket_.acquire(other_, 90, start + 20ms).bytes, 90u);
  bucket_.settle(big_, 100, 0, start + 20ms);
  EXPECT_EQ(take(small_, 90, start + 20ms), 0u);
  bucket_.settle(other_, 90, 0, start + 20ms);
  EXPECT_EQ(take(small_, 90, start + 20ms), 90u);
}

TEST_F(fair_bucket_test, what_was_granted_without_a_limit_is_charged_to_the_limit) {
  fair_bucket bucket;
  ASSERT_EQ(bucket.acquire(big_, 5'000, start).bytes, 5'000u);
  bucket.limit(10'000);
  bucket.settle(big_, 5'000, 400, start);
  EXPECT_EQ(bucket.acquire(small_, 5'000, start).bytes, 600u);
}

}  // namespace
}  // namespace timed::detail
