// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/operation/send_policy.h"

#include <gtest/gtest.h>

namespace timed::uring::tests {
namespace {

using detail::send_policy;

TEST(send_policy, prefers_send_on_an_idle_loop) {
  EXPECT_TRUE(send_policy().prefers_send(true));
}

TEST(send_policy, prefers_the_ring_on_a_busy_loop) {
  send_policy policy;
  EXPECT_FALSE(policy.prefers_send(false));
  policy.on_sent(false);
  EXPECT_FALSE(policy.prefers_send(false));
}

TEST(send_policy, prefers_the_ring_after_a_send_that_completions_followed) {
  send_policy policy;
  policy.on_sent(true);
  EXPECT_FALSE(policy.prefers_send(true));
  policy.on_sent(false);
  EXPECT_TRUE(policy.prefers_send(true));
}

TEST(send_policy, prefers_the_ring_while_polls_bring_more_than_the_writes) {
  send_policy policy;
  policy.on_ring_write();
  policy.on_polled(2);
  EXPECT_FALSE(policy.prefers_send(true));
  policy.on_ring_write();
  policy.on_ring_write();
  policy.on_polled(2);
  EXPECT_TRUE(policy.prefers_send(true));
}

TEST(send_policy, learns_nothing_from_a_poll_without_writes) {
  send_policy policy;
  policy.on_polled(10);
  EXPECT_TRUE(policy.prefers_send(true));
  policy.on_sent(true);
  policy.on_polled(0);
  EXPECT_FALSE(policy.prefers_send(true));
}

TEST(send_policy, counts_the_writes_of_one_poll_only) {
  send_policy policy;
  policy.on_ring_write();
  policy.on_polled(1);
  policy.on_ring_write();
  policy.on_polled(2);
  EXPECT_FALSE(policy.prefers_send(true)) << "the first write was counted again";
}

}  // namespace
}  // namespace timed::uring::tests
