// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/rate/token_bucket.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>

namespace timed::detail {
namespace {

using namespace std::chrono_literals;

using time_point = token_bucket::time_point;
using duration = token_bucket::duration;

constexpr std::size_t all = token_bucket::unlimited;
constexpr time_point start = time_point(1h);

token_bucket limited_to(std::size_t bytes_per_second) {
  token_bucket bucket;
  bucket.limit(bytes_per_second);
  return bucket;
}

// Acquires and transfers all of what it is granted.
std::size_t take(token_bucket& bucket, std::size_t wanted, time_point now) {
  const auto grant = bucket.acquire(wanted, now);
  bucket.settle(grant.bytes, grant.bytes, now);
  return grant.bytes;
}

// Acquires and transfers until nothing is granted any more.
std::size_t drain(token_bucket& bucket, time_point now) {
  std::size_t total = 0;
  while (const std::size_t bytes = take(bucket, all, now)) total += bytes;
  return total;
}

TEST(token_bucket, is_unlimited_unless_limited) {
  token_bucket bucket;
  EXPECT_EQ(take(bucket, all, start), all);
  EXPECT_EQ(take(bucket, all, start), all);
}

TEST(token_bucket, starts_with_a_tenth_of_a_second_and_no_more) {
  token_bucket bucket = limited_to(10'000);
  EXPECT_EQ(drain(bucket, start), 1'000u);
}

TEST(token_bucket, fills_at_the_limit_within_a_second) {
  token_bucket bucket = limited_to(10'000);
  drain(bucket, start);
  EXPECT_EQ(take(bucket, all, start + 24ms), 0u);
  EXPECT_EQ(take(bucket, all, start + 25ms), 250u);
  EXPECT_EQ(take(bucket, all, start + 75ms), 500u);
}

TEST(token_bucket, holds_no_more_after_a_long_time) {
  token_bucket bucket = limited_to(10'000);
  drain(bucket, start);
  EXPECT_EQ(drain(bucket, start + 24h * 3650), 1'000u);
}

TEST(token_bucket, grants_less_than_is_wanted_only_if_it_is_worth_an_operation) {
  token_bucket bucket = limited_to(10'000);
  drain(bucket, start);
  EXPECT_EQ(take(bucket, 100, start + 9ms), 0u);
  EXPECT_EQ(take(bucket, 90, start + 9ms), 90u);
  EXPECT_EQ(bucket.least_grant(all), 250u);
  EXPECT_EQ(bucket.least_grant(7), 7u);
  EXPECT_EQ(limited_to(1'000'000'000).least_grant(all), 65'536u);
  EXPECT_EQ(limited_to(3).least_grant(all), 1u);
}

TEST(token_bucket, says_exactly_when_there_will_be_enough) {
  token_bucket bucket = limited_to(30'000);
  drain(bucket, start);
  const auto refused = bucket.acquire(100, start + 1us);
  ASSERT_EQ(refused.bytes, 0u);
  EXPECT_EQ(refused.retry_at, start + 3'333'334ns);
  EXPECT_EQ(take(bucket, 100, refused.retry_at - 1ns), 0u);
  EXPECT_EQ(take(bucket, 100, refused.retry_at), 100u);
}

TEST(token_bucket, refused_users_retry_after_a_tenth_of_a_second) {
  token_bucket bucket = limited_to(1);
  drain(bucket, start);
  EXPECT_EQ(bucket.acquire(1, start).retry_at, start + 100ms);
  EXPECT_EQ(bucket.acquire(1, start + 950ms).retry_at, start + 1s);
}

TEST(token_bucket, returns_what_a_cancelled_operation_did_not_transfer) {
  token_bucket bucket = limited_to(10'000);
  const auto grant = bucket.acquire(600, start);
  ASSERT_EQ(grant.bytes, 600u);
  EXPECT_EQ(take(bucket, 600, start), 400u);
  bucket.settle(600, 200, start);
  EXPECT_EQ(drain(bucket, start), 400u);
}

TEST(token_bucket, does_not_grant_what_another_operation_holds) {
  token_bucket bucket = limited_to(10'000);
  EXPECT_EQ(bucket.acquire(all, start).bytes, 1'000u);
  EXPECT_EQ(bucket.acquire(1, start).bytes, 0u);
}

TEST(token_bucket, is_not_full_after_an_operation_that_took_its_time) {
  token_bucket bucket = limited_to(10'000);
  const auto read = bucket.acquire(all, start);
  ASSERT_EQ(read.bytes, 1'000u);
  bucket.settle(1'000, 1'000, start + 1h);
  EXPECT_EQ(drain(bucket, start + 1h), 0u);
  EXPECT_EQ(drain(bucket, start + 1h + 50ms), 500u);
}

TEST(token_bucket, never_holds_more_than_its_capacity_however_much_returns) {
  token_bucket bucket = limited_to(10'000);
  const auto read = bucket.acquire(all, start);
  bucket.settle(read.bytes, 0, start + 1h);
  EXPECT_EQ(drain(bucket, start + 1h), 1'000u);
}

TEST(token_bucket, takes_nothing_for_an_operation_cancelled_late) {
  token_bucket bucket = limited_to(1);
  ASSERT_EQ(bucket.acquire(1, start).bytes, 1u);
  bucket.settle(1, 0, start + 500ms);
  EXPECT_EQ(take(bucket, 1, start + 500ms), 1u);
  EXPECT_EQ(take(bucket, 1, start + 1'499ms), 0u);
  EXPECT_EQ(take(bucket, 1, start + 1'500ms), 1u);
}

TEST(token_bucket, serves_others_while_an_operation_takes_its_time) {
  token_bucket bucket = limited_to(10'000);
  const auto stalled = bucket.acquire(all, start);
  EXPECT_EQ(take(bucket, all, start + 50ms), 500u);
  EXPECT_EQ(take(bucket, all, start + 100ms), 500u);
  bucket.settle(stalled.bytes, 0, start + 100ms);
  EXPECT_EQ(drain(bucket, start + 100ms), 500u);  // what still fitted
}

TEST(token_bucket, lets_nothing_pass_at_zero) {
  token_bucket bucket = limited_to(0);
  for (const auto now : {start, start + 1s, start + 24h * 3650}) {
    const auto grant = bucket.acquire(1, now);
    EXPECT_EQ(grant.bytes, 0u);
    EXPECT_EQ(grant.retry_at, now + 100ms);
  }
}

TEST(token_bucket, passes_one_byte_per_second_at_one) {
  token_bucket bucket = limited_to(1);
  EXPECT_EQ(drain(bucket, start), 1u);
  std::size_t total = 0;
  for (auto now = start; now <= start + 1000s; now += 10ms) total += take(bucket, 100, now);
  EXPECT_EQ(total, 1000u);
}

TEST(token_bucket, loses_nothing_in_small_steps) {
  for (const std::size_t limit : {1'001u, 333'333u, 999'999'999u, 1'000'000'007u}) {
    token_bucket bucket = limited_to(limit);
    drain(bucket, start);
    std::size_t total = 0;
    time_point now = start;
    for (int i = 0; i < 100'000; ++i) total += take(bucket, all, now += 10us);
    total += take(bucket, all, now += 50ms);
    EXPECT_EQ(total, limit * 105 / 100) << limit;
  }
}

TEST(token_bucket, takes_any_limit_and_any_time_step) {
  for (unsigned bit = 0; bit < std::numeric_limits<std::size_t>::digits; ++bit) {
    for (const std::size_t limit : {(std::size_t{1} << bit) - 1, std::size_t{1} << bit}) {
      const std::size_t capacity = limit == 0 ? 0 : std::max<std::size_t>(limit / 10, 1);
      token_bucket bucket = limited_to(limit);
      EXPECT_EQ(take(bucket, all, time_point::min()), capacity);
      EXPECT_EQ(drain(bucket, time_point::min()), 0u);
      EXPECT_LE(drain(bucket, time_point::min() + 1ns), limit / 1'000'000'000 + 1);
      EXPECT_LE(drain(bucket, time_point::min() + 999'999'999ns), capacity);
      EXPECT_EQ(take(bucket, all, time_point::max()), capacity);
      EXPECT_EQ(bucket.acquire(all, time_point::max()).retry_at, time_point::max());
    }
  }
  token_bucket greatest = limited_to(all - 1);
  EXPECT_EQ(drain(greatest, start), (all - 1) / 10);
  EXPECT_EQ(drain(greatest, start + 99ms), 1'826'227'663'297'245'609u);
  EXPECT_EQ(drain(greatest, start + 99ms + 999'999'999ns), (all - 1) / 10);
}

TEST(token_bucket, takes_an_earlier_time_for_no_time) {
  token_bucket bucket = limited_to(10'000);
  drain(bucket, start);
  EXPECT_EQ(drain(bucket, start - 1h), 0u);
  EXPECT_EQ(bucket.acquire(all, start - 1h).retry_at, start - 1h + 100ms);
  EXPECT_EQ(drain(bucket, start), 0u);
  EXPECT_EQ(drain(bucket, start + 25ms), 250u);
}

TEST(token_bucket, lets_nothing_pass_while_time_stands_still) {
  token_bucket bucket = limited_to(10'000);
  drain(bucket, start);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(take(bucket, 1, start), 0u);
}

TEST(token_bucket, does_not_get_fuller_by_a_higher_limit) {
  token_bucket bucket = limited_to(10'000);
  drain(bucket, start);
  bucket.limit(1'000'000);
  EXPECT_EQ(drain(bucket, start), 0u);
  EXPECT_EQ(drain(bucket, start + 100ms), 100'000u);
}

TEST(token_bucket, counts_the_time_before_a_change_at_the_lower_limit) {
  token_bucket raised = limited_to(10'000);
  drain(raised, start);
  raised.limit(1'000'000);
  EXPECT_EQ(take(raised, 100, start + 50ms), 100u);  // of 500
  EXPECT_EQ(take(raised, 401, start + 50ms), 0u);
  token_bucket lowered = limited_to(1'000'000);
  drain(lowered, start);
  lowered.limit(10'000);
  EXPECT_EQ(drain(lowered, start + 50ms), 500u);
  token_bucket suspended = limited_to(10'000);
  drain(suspended, start);
  suspended.limit(0);
  suspended.limit(10'000);
  EXPECT_EQ(drain(suspended, start + 50ms), 0u);
}

TEST(token_bucket, is_cut_down_to_a_lower_limit) {
  token_bucket bucket = limited_to(1'000'000);
  EXPECT_EQ(take(bucket, 10, start), 10u);
  bucket.limit(10'000);
  EXPECT_EQ(drain(bucket, start), 1'000u);
}

TEST(token_bucket, gives_no_burst_when_the_limit_changes_under_an_operation) {
  for (const std::size_t limit : {1'000u, 9'000u, 11'000u, 1'000'000u}) {
    token_bucket bucket = limited_to(10'000);
    EXPECT_EQ(bucket.acquire(all, start).bytes, 1'000u);
    bucket.limit(limit);
    bucket.charge(0, start);
    EXPECT_EQ(drain(bucket, start), 0u);
    EXPECT_EQ(drain(bucket, start + 1h), limit / 10);
  }
}

TEST(token_bucket, charges_what_was_granted_before_the_limit) {
  token_bucket bucket;
  EXPECT_EQ(bucket.acquire(1 << 20, start).bytes, std::size_t{1} << 20);
  bucket.limit(10'000);
  bucket.charge(300, start);
  EXPECT_EQ(drain(bucket, start), 700u);
  bucket.charge(1 << 20, start);
  EXPECT_EQ(drain(bucket, start + 100ms), 1'000u);
}

TEST(token_bucket, is_free_at_once_without_a_limit_and_starts_full_with_one) {
  token_bucket bucket = limited_to(10'000);
  drain(bucket, start);
  bucket.limit(all);
  EXPECT_EQ(take(bucket, all, start), all);
  bucket.limit(20'000);
  EXPECT_EQ(drain(bucket, start), 2'000u);
  EXPECT_EQ(drain(bucket, start + 50ms), 1'000u);
}

TEST(token_bucket, leaves_what_it_is_told_to) {
  token_bucket bucket = limited_to(10'000);
  EXPECT_EQ(bucket.acquire(all, start, 300).bytes, 700u);
  EXPECT_EQ(bucket.acquire(1, start, 300).bytes, 0u);
  EXPECT_EQ(bucket.acquire(1, start, 300).retry_at, start + 100us);
  EXPECT_EQ(bucket.acquire(all, start).bytes, 300u);
}

using exact = __int128;

// What the bucket is meant to be, in billionths of a byte.
class exact_bucket {
 public:
  explicit exact_bucket(std::size_t limit)
      : limit_(static_cast<exact>(limit)),
        capacity_(std::max<exact>(static_cast<exact>(limit) / 10, 1) * billion),
        level_(capacity_) {}

  void advance(duration elapsed) {
    level_ = std::min(capacity_, level_ + limit_ * elapsed.count());
  }
  void remove(std::size_t bytes) { level_ -= static_cast<exact>(bytes) * billion; }
  std::size_t grant(std::size_t wanted, const token_bucket& bucket) const {
    const auto bytes = static_cast<std::size_t>(level_ / billion);
    return bytes >= bucket.least_grant(wanted) ? std::min(wanted, bytes) : 0;
  }

 private:
  static constexpr exact billion = 1'000'000'000;
  exact limit_;
  exact capacity_;
  exact level_;
};

// Sees whether some window of time, however it is placed, has passed more than it may: the most
// by which any window that ends now exceeds the limit, in billionths of a byte.
class window_check {
 public:
  explicit window_check(std::size_t limit) : limit_(static_cast<exact>(limit)) {}

  void passes(std::size_t bytes, time_point now) {
    excess_ = std::max<exact>(0, excess_ - limit_ * (now - last_).count());
    excess_ += static_cast<exact>(bytes) * billion;
    last_ = now;
  }

  bool holds(duration besides = duration(0)) const {
    return excess_ <= std::max<exact>(limit_ / 10, 1) * billion + limit_ * besides.count();
  }

 private:
  static constexpr exact billion = 1'000'000'000;
  exact limit_;
  exact excess_ = 0;
  time_point last_ = start;
};

class token_bucket_at_random : public testing::TestWithParam<std::size_t> {
 protected:
  // From none to years, all magnitudes alike.
  duration random_step() {
    const auto bits = std::uniform_int_distribution(0, 55)(random_);
    if (bits == 0) return duration(0);
    return duration(random_() & ((std::uint64_t{1} << bits) - 1));
  }

  // Of the magnitude of what the bucket makes of a few milliseconds, mostly.
  std::size_t random_size() {
    const std::size_t scale = std::max<std::size_t>(GetParam() / 50, 3);
    if (random_() % 16 == 0) return all;
    return std::uniform_int_distribution<std::size_t>(1, scale)(random_);
  }

  // For each of the limits, of which there are eleven.
  static constexpr int steps = 100'000;

  std::mt19937_64 random_{20260801};
};

TEST_P(token_bucket_at_random, is_the_exact_one) {
  token_bucket bucket = limited_to(GetParam());
  exact_bucket model(GetParam());
  window_check windows(GetParam());
  time_point now = start;
  for (int i = 0; i < steps; ++i) {
    duration step = random_step();
    if (i % 8 != 0) step = std::min<duration>(step % 3ms, 3ms);
    if (now - start > 24h * 36500) step = duration(0);
    now += step;
    model.advance(step);
    const std::size_t wanted = random_size();
    const auto grant = bucket.acquire(wanted, now);
    ASSERT_EQ(grant.bytes, model.grant(wanted, bucket)) << i;
    if (grant.bytes == 0) {
      ASSERT_GT(grant.retry_at, now);
      ASSERT_LE(grant.retry_at, now + 100ms);
    }
    const std::size_t transferred =
        random_() % 4 == 0 ? static_cast<std::size_t>(random_() % (grant.bytes + 1)) : grant.bytes;
    bucket.settle(grant.bytes, transferred, now);
    model.remove(transferred);
    windows.passes(transferred, now);
    ASSERT_TRUE(windows.holds()) << i;
  }
}

TEST_P(token_bucket_at_random, retries_are_granted) {
  token_bucket bucket = limited_to(GetParam());
  time_point now = start;
  for (int i = 0; i < 10'000; ++i) {
    const std::size_t wanted = random_size();
    auto grant = bucket.acquire(wanted, now);
    while (grant.bytes == 0) {
      ASSERT_GT(grant.retry_at, now);
      const bool last = grant.retry_at < now + 100ms;
      now = grant.retry_at;
      grant = bucket.acquire(wanted, now);
      ASSERT_TRUE(grant.bytes > 0 || !last);
    }
    bucket.settle(grant.bytes, grant.bytes, now);
  }
}

// One operation at a time, which passes its bytes at some point of its life and is settled later.
TEST_P(token_bucket_at_random, is_the_exact_one_for_operations_that_take_their_time) {
  token_bucket bucket = limited_to(GetParam());
  exact_bucket model(GetParam());
  window_check windows(GetParam());
  time_point now = start;
  for (int i = 0; i < steps; ++i) {
    const std::size_t wanted = random_size();
    const auto grant = bucket.acquire(wanted, now);
    ASSERT_EQ(grant.bytes, model.grant(wanted, bucket)) << i;
    const auto transferred = static_cast<std::size_t>(random_() % (grant.bytes + 1));
    const duration before = random_step() % 200ms;
    const duration after = i % 2 == 0 ? random_step() % 200ms : duration(0);
    now += before;
    windows.passes(transferred, now);
    ASSERT_TRUE(windows.holds()) << i;
    now += after;
    bucket.settle(grant.bytes, transferred, now);
    model.advance(before + after);
    model.remove(transferred);
  }
}

// A window then may pass, besides, what the bucket makes in the time that an operation takes.
TEST_P(token_bucket_at_random, keeps_the_windows_of_several_operations_at_once) {
  struct operation {
    std::size_t granted = 0;
    time_point since;
  };
  token_bucket bucket = limited_to(GetParam());
  window_check windows(GetParam());
  std::array<operation, 4> operations;
  time_point now = start;
  duration longest(0);
  for (int i = 0; i < steps; ++i) {
    now += i % 10'000 == 0 ? 1s : random_step() % 10ms;
    operation& one = operations[random_() % operations.size()];
    if (one.granted == 0) {
      one = {bucket.acquire(random_size(), now).bytes, now};
    } else {
      const auto transferred = static_cast<std::size_t>(random_() % one.granted + random_() % 2);
      longest = std::max(longest, now - one.since);
      windows.passes(transferred, now);
      ASSERT_TRUE(windows.holds(longest)) << i;
      bucket.settle(std::exchange(one.granted, 0), transferred, now);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(limits, token_bucket_at_random,
                         testing::Values(1, 2, 9, 10, 11, 1'000, 12'345, 1'000'000, 1'000'000'007,
                                         std::size_t{1} << 40, std::size_t{1} << 62));

}  // namespace
}  // namespace timed::detail
