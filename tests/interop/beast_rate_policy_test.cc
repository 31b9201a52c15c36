// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <boost/beast/core/rate_policy.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <type_traits>

#include "tests/support/rate_transfer.h"
#include "timed/beast.h"
#include "timed/detail/rate/rate_gate.h"

namespace timed::detail {
namespace {

using namespace std::chrono_literals;

using tests::all;
using tests::pass;
using tests::read;
using tests::start;
using tests::write;

TEST(beast_rate_policy, unlimited_is_unlimited_here_too) {
  using gate = rate_gate<boost::beast::unlimited_rate_policy>;
  static_assert(gate::unlimited && std::is_empty_v<gate>);
  gate limit;
  EXPECT_EQ(pass(limit, read, all, start), all);
}

TEST(beast_rate_policy, simple_limits_a_second_at_a_time) {
  boost::beast::simple_rate_policy policy;
  policy.read_limit(1'000);
  rate_gate<boost::beast::simple_rate_policy> gate(policy);
  EXPECT_EQ(pass(gate, read, 600, start), 600u);
  EXPECT_EQ(pass(gate, read, 600, start + 100ms), 400u);
  const auto refused = gate.acquire(read, 600, start + 200ms);
  EXPECT_EQ(refused.bytes, 0u);
  EXPECT_EQ(refused.retry_at, start + 1s);
  EXPECT_EQ(pass(gate, write, all, start + 200ms), all);
  EXPECT_EQ(pass(gate, read, 600, refused.retry_at), 600u);
}

// A policy as its author wrote it for Beast.
class users_policy {
 public:
  std::string calls;

 private:
  friend class boost::beast::rate_policy_access;

  std::size_t available_read_bytes() const noexcept { return left_; }
  std::size_t available_write_bytes() const noexcept { return left_; }
  void transfer_read_bytes(std::size_t bytes) {
    left_ -= bytes;
    calls += "read " + std::to_string(bytes) + ";";
  }
  void transfer_write_bytes(std::size_t bytes) {
    left_ -= bytes;
    calls += "write " + std::to_string(bytes) + ";";
  }
  void on_timer() {
    left_ = 100;
    calls += "timer;";
  }

  std::size_t left_ = 100;
};

TEST(beast_rate_policy, of_a_user_is_called_as_beast_calls_it) {
  rate_gate<users_policy> gate;
  EXPECT_EQ(pass(gate, read, 70, start), 70u);
  EXPECT_EQ(pass(gate, write, 70, start), 30u);
  EXPECT_EQ(pass(gate, write, 70, start + 500ms), 0u);
  EXPECT_EQ(pass(gate, write, 70, start + 1s), 70u);
  EXPECT_EQ(gate.policy().calls, "read 70;write 30;write 0;timer;write 70;");
}

}  // namespace
}  // namespace timed::detail
