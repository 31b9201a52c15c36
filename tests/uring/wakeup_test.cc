// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/loop/wakeup.h"

#include <gtest/gtest.h>
#include <liburing.h>
#include <poll.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "timed/uring/detail/operation/operation.h"

namespace timed::uring::tests {
namespace {

using detail::operation;
using detail::operation_queue;
using detail::wakeup;

class numbered final : public operation {
 public:
  explicit numbered(int of) : operation([](operation*, bool) {}), number(of) {}
  const int number;
};

// The eventfd, as the ring would be told of it.
int event_of(wakeup& from) {
  io_uring_sqe entry{};
  from.arm(entry);
  EXPECT_EQ(entry.opcode, IORING_OP_READ);
  EXPECT_EQ(entry.user_data, wakeup::user_data);
  return entry.fd;
}

bool is_signalled(int event) {
  ::pollfd polled{.fd = event, .events = POLLIN, .revents = 0};
  return ::poll(&polled, 1, 0) == 1;
}

TEST(wakeup, makes_no_system_call_while_the_loop_is_awake) {
  wakeup calls;
  const int event = event_of(calls);
  numbered op(1);
  calls.push(op);
  calls.interrupt();
  EXPECT_FALSE(is_signalled(event));
  EXPECT_TRUE(calls.has_operations());
  EXPECT_EQ(calls.take_all().pop(), &op);
  EXPECT_FALSE(calls.has_operations());
}

TEST(wakeup, does_not_let_the_loop_sleep_if_an_operation_has_arrived) {
  wakeup calls;
  numbered op(1);
  calls.push(op);
  EXPECT_FALSE(calls.fall_asleep());
  (void)calls.take_all().pop();
}

TEST(wakeup, wakes_a_sleeping_loop_once) {
  wakeup calls;
  const int event = event_of(calls);
  ASSERT_TRUE(calls.fall_asleep());
  numbered first(1), second(2);
  calls.push(first);
  calls.push(second);
  calls.interrupt();
  std::uint64_t count = 0;
  ASSERT_TRUE(is_signalled(event));
  ASSERT_EQ(::read(event, &count, sizeof(count)), 8);
  EXPECT_EQ(count, 1U) << "number of system calls";
  operation_queue all = calls.take_all();
  EXPECT_EQ(all.pop(), &first);
  EXPECT_EQ(all.pop(), &second);
}

TEST(wakeup, is_interrupted_without_an_operation) {
  wakeup calls;
  const int event = event_of(calls);
  ASSERT_TRUE(calls.fall_asleep());
  calls.interrupt();
  EXPECT_TRUE(is_signalled(event));
  EXPECT_FALSE(calls.has_operations());
}

TEST(wakeup, knows_whether_the_ring_has_its_read) {
  wakeup calls;
  EXPECT_FALSE(calls.is_armed());
  (void)event_of(calls);
  EXPECT_TRUE(calls.is_armed());
  calls.disarm();
  EXPECT_FALSE(calls.is_armed());
}

// Each operation arrives once, in its thread's order, and no wake-up is lost.
TEST(wakeup, loses_nothing_between_threads) {
  constexpr int threads = 3, each_has = 3'000;
  wakeup calls;
  const int event = event_of(calls);
  std::vector<std::unique_ptr<numbered>> operations;
  for (int i = 0; i < threads * each_has; ++i) operations.push_back(std::make_unique<numbered>(i));
  std::vector<std::thread> producers;
  for (int t = 0; t < threads; ++t) {
    producers.emplace_back([&, t] {
      for (int i = 0; i < each_has; ++i) {
        calls.push(*operations[static_cast<std::size_t>(t * each_has + i)]);
      }
    });
  }
  std::vector<int> next(threads, 0);
  for (int taken = 0; taken < threads * each_has;) {
    if (calls.fall_asleep()) {
      ::pollfd polled{.fd = event, .events = POLLIN, .revents = 0};
      ASSERT_EQ(::poll(&polled, 1, 20'000), 1) << "a wake-up was lost";
      std::uint64_t count = 0;
      ASSERT_EQ(::read(event, &count, sizeof(count)), 8);
      calls.stay_awake();
    }
    operation_queue all = calls.take_all();
    while (operation* const op = all.pop()) {
      const int number = static_cast<numbered*>(op)->number;
      EXPECT_EQ(number % each_has, next[static_cast<std::size_t>(number / each_has)]++);
      ++taken;
    }
  }
  for (std::thread& each : producers) each.join();
}

}  // namespace
}  // namespace timed::uring::tests
