// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/rate/rate_gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/support/rate_transfer.h"
#include "timed/rate_policy.h"

namespace timed::detail {
namespace {

using namespace std::chrono_literals;

using tests::all;
using tests::pass;
using tests::read;
using tests::start;
using tests::write;

using time_point = std::chrono::steady_clock::time_point;

template <class Policy>
Policy limited_to(std::size_t reads, std::size_t writes) {
  Policy policy;
  policy.read_limit(reads);
  policy.write_limit(writes);
  return policy;
}

TEST(rate_gate, of_the_unlimited_policy_is_empty_and_grants_all) {
  using gate = rate_gate<unlimited_rate_policy>;
  struct holder {
    [[no_unique_address]] gate limit;
    char other;
  };
  static_assert(gate::unlimited && std::is_empty_v<gate> && sizeof(holder) == 1);
  gate limit;
  EXPECT_EQ(pass(limit, read, all, start), all);
  EXPECT_EQ(static_cast<void*>(&limit.policy()), static_cast<void*>(&limit));
}

template <class Policy>
class limiting_policy : public testing::Test {};
using limiting_policies = testing::Types<simple_rate_policy, shared_rate_policy>;
TYPED_TEST_SUITE(limiting_policy, limiting_policies);

TYPED_TEST(limiting_policy, has_the_properties_that_streams_want) {
  static_assert(!rate_gate<TypeParam>::unlimited);
  static_assert(std::is_default_constructible_v<TypeParam>);
  static_assert(std::is_copy_constructible_v<TypeParam> && std::is_copy_assignable_v<TypeParam>);
  static_assert(std::is_nothrow_move_constructible_v<TypeParam>);
  static_assert(std::is_nothrow_move_assignable_v<TypeParam>);
}

TYPED_TEST(limiting_policy, is_unlimited_at_first) {
  rate_gate<TypeParam> gate;
  EXPECT_EQ(pass(gate, read, all, start), all);
  EXPECT_EQ(pass(gate, write, all, start), all);
}

TYPED_TEST(limiting_policy, limits_each_direction) {
  rate_gate<TypeParam> gate(limited_to<TypeParam>(10'000, 20'000));
  EXPECT_EQ(pass(gate, read, all, start), 1'000u);
  EXPECT_EQ(pass(gate, read, all, start), 0u);
  EXPECT_EQ(pass(gate, write, all, start), 2'000u);
  EXPECT_EQ(pass(gate, write, all, start), 0u);
  EXPECT_EQ(pass(gate, read, all, start + 50ms), 500u);
  EXPECT_EQ(pass(gate, write, all, start + 50ms), 1'000u);
}

TYPED_TEST(limiting_policy, an_operation_that_transfers_nothing_costs_nothing) {
  rate_gate<TypeParam> gate(limited_to<TypeParam>(10'000, all));
  for (int i = 0; i < 100; ++i) {
    const auto grant = gate.acquire(read, all, start);
    ASSERT_EQ(grant.bytes, 1'000u);
    gate.settle(read, grant.bytes, 0, start);
  }
}

TYPED_TEST(limiting_policy, an_operation_given_up_while_it_waits_costs_nothing) {
  rate_gate<TypeParam> gate(limited_to<TypeParam>(10'000, all));
  EXPECT_EQ(pass(gate, read, all, start), 1'000u);
  EXPECT_EQ(pass(gate, read, all, start + 10ms), 0u);
  EXPECT_EQ(pass(gate, read, 100, start + 10ms), 100u);
}

TYPED_TEST(limiting_policy, a_waiting_operation_sees_a_new_limit_within_100_ms) {
  rate_gate<TypeParam> gate(limited_to<TypeParam>(0, 10'000));
  auto grant = gate.acquire(read, all, start);
  ASSERT_EQ(grant.bytes, 0u);
  EXPECT_EQ(grant.retry_at, start + 100ms);
  gate.policy().read_limit(all);
  EXPECT_EQ(pass(gate, read, all, grant.retry_at), all);
}

TYPED_TEST(limiting_policy, gives_nothing_back_that_another_policy_had_granted) {
  rate_gate<TypeParam> gate(limited_to<TypeParam>(10'000, all));
  const auto grant = gate.acquire(read, 600, start);
  rate_gate<TypeParam> other(limited_to<TypeParam>(20'000, all));
  EXPECT_EQ(pass(other, read, all, start), 2'000u);
  gate.policy() = other.policy();
  gate.settle(read, grant.bytes, 0, start);
  EXPECT_EQ(pass(gate, read, all, start), 0u);
}

TEST(simple_rate_policy, limits_each_copy_by_itself) {
  const auto policy = limited_to<simple_rate_policy>(10'000, all);
  rate_gate<simple_rate_policy> first(policy), second(policy);
  EXPECT_EQ(pass(first, read, all, start), 1'000u);
  EXPECT_EQ(pass(second, read, all, start), 1'000u);
}

TEST(shared_rate_policy, limits_its_copies_together) {
  auto policy = limited_to<shared_rate_policy>(10'000, 20'000);
  rate_gate<shared_rate_policy> first(policy), second(policy);
  EXPECT_EQ(pass(first, read, 600, start), 600u);
  EXPECT_EQ(pass(second, read, 600, start), 400u);
  EXPECT_EQ(pass(first, write, 1'200, start), 1'200u);
  EXPECT_EQ(pass(second, write, 1'200, start), 800u);
  policy.read_limit(all);
  EXPECT_EQ(pass(first, read, all, start), all);
}

TEST(shared_rate_policy, may_be_used_after_it_was_moved_from) {
  auto policy = limited_to<shared_rate_policy>(10'000, all);
  rate_gate<shared_rate_policy> gate(std::move(policy));
  policy.read_limit(20'000);
  EXPECT_EQ(pass(gate, read, all, start), 1'000u);
  EXPECT_EQ(pass(gate, read, all, start + 100ms), 2'000u);
}

TEST(shared_rate_policy, lets_none_of_several_streams_starve) {
  const auto policy = limited_to<shared_rate_policy>(10'000, all);
  rate_gate<shared_rate_policy> big(policy), small(policy);
  EXPECT_EQ(pass(small, read, all, start), 1'000u);
  const auto refused = big.acquire(read, 5'000, start);
  for (auto now = start; now < refused.retry_at; now += 100us) (void)pass(small, read, 1, now);
  EXPECT_GT(pass(big, read, 5'000, refused.retry_at), 0u);
}

TEST(shared_rate_policy, limits_threads_together) {
  constexpr std::size_t limit = 100'000'000;
  constexpr int threads_count = 4;
  constexpr int rounds = 25'000;
  auto policy = limited_to<shared_rate_policy>(limit, limit);
  std::atomic<std::int64_t> ticks{0};
  std::atomic<std::size_t> total{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < threads_count; ++i) {
    threads.emplace_back(
        [&ticks, &total, gate = rate_gate<shared_rate_policy>(policy), i]() mutable {
          for (int round = 0; round < rounds; ++round) {
            const auto now = start + std::chrono::microseconds(ticks++);
            const auto grant = gate.acquire(read, 100u << i, now);
            // Every other operation fails half-way.
            const std::size_t transferred = round % 2 == 0 ? grant.bytes : grant.bytes / 2;
            gate.settle(read, grant.bytes, transferred, now);
            total += transferred;
          }
        });
  }
  threads.emplace_back([mine = policy]() mutable {
    for (int round = 0; round < rounds; ++round) {
      mine.write_limit(static_cast<std::size_t>(round));
      mine.read_limit(limit - static_cast<std::size_t>(round % 2));
    }
  });
  for (auto& each : threads) each.join();
  EXPECT_LE(total, limit / 10 + limit / 1'000'000 * static_cast<std::size_t>(ticks));
  EXPECT_GT(total, limit / 10);
}

// A user's policy of buckets, all of it private: so many bytes, ever.
class quota {
 public:
  explicit quota(std::size_t bytes) : left_(bytes) {}
  std::size_t left() const { return left_; }

 private:
  friend class timed::rate_policy_access;

  rate_grant acquire_read(std::size_t wanted, time_point now) {
    const std::size_t bytes = std::min(wanted, left_);
    left_ -= bytes;
    return {bytes, now + 50ms};
  }
  void settle_read(std::size_t granted, std::size_t transferred, time_point) {
    left_ += granted - transferred;
  }
  rate_grant acquire_write(std::size_t wanted, time_point now) { return acquire_read(wanted, now); }
  void settle_write(std::size_t granted, std::size_t transferred, time_point now) {
    settle_read(granted, transferred, now);
  }

  std::size_t left_;
};

TEST(rate_gate, takes_a_users_policy_with_private_functions) {
  rate_gate<quota> gate(100u);
  static_assert(sizeof(gate) == sizeof(quota));
  EXPECT_EQ(pass(gate, read, 60, start), 60u);
  const auto grant = gate.acquire(write, 60, start);
  EXPECT_EQ(grant.bytes, 40u);
  EXPECT_EQ(gate.acquire(write, 1, start).retry_at, start + 50ms);
  gate.settle(write, grant.bytes, 10, start);
  EXPECT_EQ(std::as_const(gate).policy().left(), 30u);
}

// A policy as Beast has them, which says what is called.
class allowances {
 public:
  std::string calls;
  std::size_t per_second = 100;

 private:
  friend class timed::rate_policy_access;

  std::size_t available_read_bytes() const { return left_; }
  std::size_t available_write_bytes() const { return all; }
  void transfer_read_bytes(std::size_t bytes) {
    left_ -= bytes;
    calls += "read " + std::to_string(bytes) + ";";
  }
  void transfer_write_bytes(std::size_t bytes) { calls += "write " + std::to_string(bytes) + ";"; }
  void on_timer() {
    left_ = per_second;
    calls += "timer;";
  }

  std::size_t left_ = 100;
};

TEST(rate_gate_of_allowances, begins_with_the_policys_own_allowance) {
  rate_gate<allowances> gate;
  EXPECT_EQ(pass(gate, read, 1'000, start), 100u);
  const auto refused = gate.acquire(read, 1'000, start + 300ms);
  EXPECT_EQ(refused.bytes, 0u);
  EXPECT_EQ(refused.retry_at, start + 1s);
  EXPECT_EQ(gate.policy().calls, "read 100;");
}

TEST(rate_gate_of_allowances, calls_on_timer_when_a_second_has_passed) {
  rate_gate<allowances> gate;
  EXPECT_EQ(pass(gate, read, 1'000, start), 100u);
  EXPECT_EQ(gate.acquire(read, 1'000, start + 999ms).bytes, 0u);
  EXPECT_EQ(pass(gate, read, 1'000, start + 1s), 100u);
  EXPECT_EQ(gate.policy().calls, "read 100;timer;read 100;");
}

TEST(rate_gate_of_allowances, calls_on_timer_once_after_a_long_time) {
  rate_gate<allowances> gate;
  EXPECT_EQ(pass(gate, read, 10, start), 10u);
  EXPECT_EQ(pass(gate, read, 10, start + 1h), 10u);
  EXPECT_EQ(pass(gate, read, 1'000, start + 1h + 999ms), 90u);
  EXPECT_EQ(gate.acquire(read, 1'000, start + 1h + 999ms).retry_at, start + 1h + 1s);
  EXPECT_EQ(gate.policy().calls, "read 10;timer;read 10;read 90;");
}

TEST(rate_gate_of_allowances, has_one_second_for_both_directions) {
  rate_gate<allowances> gate;
  EXPECT_EQ(pass(gate, read, 5, start), 5u);
  EXPECT_EQ(pass(gate, write, 5, start + 1s), 5u);
  EXPECT_EQ(pass(gate, read, 5, start + 1500ms), 5u);
  EXPECT_EQ(gate.policy().calls, "read 5;timer;write 5;read 5;");
}

TEST(rate_gate_of_allowances, waits_on_while_a_second_allows_nothing) {
  rate_gate<allowances> gate;
  gate.policy().per_second = 0;
  EXPECT_EQ(pass(gate, read, 1'000, start), 100u);
  gate.policy().calls.clear();
  auto now = start;
  for (int i = 0; i < 3; ++i) {
    const auto refused = gate.acquire(read, 1'000, now);
    EXPECT_EQ(refused.bytes, 0u);
    EXPECT_EQ(refused.retry_at, now + 1s);
    now = refused.retry_at;
  }
  EXPECT_EQ(gate.policy().calls, "timer;timer;");
}

TEST(rate_gate_of_allowances, reports_each_operation_also_that_of_zero_bytes) {
  rate_gate<allowances> gate;
  gate.settle(read, gate.acquire(read, 10, start).bytes, 0, start);
  gate.settle(write, gate.acquire(write, 10, start).bytes, 3, start);
  EXPECT_EQ(gate.policy().calls, "read 0;write 3;");
}

TEST(rate_gate_of_allowances, is_not_harmed_by_a_clock_that_jumps) {
  rate_gate<allowances> gate;
  EXPECT_EQ(pass(gate, read, 1'000, start), 100u);
  EXPECT_EQ(gate.acquire(read, 1, start - 1h).retry_at, start - 1h + 1s);
  EXPECT_EQ(gate.acquire(read, 1, time_point::min()).retry_at, time_point::min() + 1s);
  EXPECT_EQ(gate.policy().calls, "read 100;");
  EXPECT_EQ(pass(gate, read, 1'000, time_point::max()), 100u);
}

}  // namespace
}  // namespace timed::detail
