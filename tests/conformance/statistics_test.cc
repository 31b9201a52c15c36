// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Counters of a context.

#include "timed/statistics.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <thread>

#include "tests/support/connected.h"

namespace timed::tests {
namespace {

class statistics : public connected<unix_stream> {
 public:
  context_statistics now() { return timed::statistics(context); }

  std::array<char, 8> memory{};
};

TEST(statistics_of_a_new_context, are_zero) {
  timed::backend::io_context context;
  const auto none = timed::statistics(context);
  EXPECT_EQ(none.timeouts, 0U);
  EXPECT_EQ(none.deadlines_filed, 0U);
}

TEST_F(statistics, count_each_operation_that_times_out) {
  std::optional<result> read, write, late;
  fill_send_buffer();
  stream.expires_after(1ms);
  stream.async_read_some(net::buffer(memory), store(read));
  stream.async_write_some(net::buffer(memory), store(write));
  run_to_end();
  ASSERT_TRUE(read.has_value() && write.has_value());
  EXPECT_EQ(read->ec, error::timeout);
  EXPECT_EQ(write->ec, error::timeout);
  EXPECT_EQ(now().timeouts, 2U);
  stream.async_read_some(net::buffer(memory), store(late));  // has expired before it starts
  run_to_end();
  ASSERT_TRUE(late.has_value());
  EXPECT_EQ(late->ec, error::timeout);
  EXPECT_EQ(now().timeouts, 3U);
}

TEST_F(statistics, count_synchronous_operations_that_time_out) {
  error_code ec;
  stream.sync_deadlines(true);
  stream.expires_after(1ms);
  stream.read_some(net::buffer(memory), ec);
  EXPECT_EQ(ec, error::timeout);
  EXPECT_EQ(now().timeouts, 1U);
}

TEST_F(statistics, do_not_count_operations_that_end_otherwise) {
  std::optional<result> read, cancelled, end;
  stream.expires_after(20s);
  peer.write_some(net::buffer("abc", 3));
  stream.async_read_some(net::buffer(memory), store(read));
  run_until(read);
  stream.async_read_some(net::buffer(memory), store(cancelled));
  stream.cancel();
  run_until(cancelled);
  peer.close();
  stream.async_read_some(net::buffer(memory), store(end));
  run_until(end);
  EXPECT_EQ(read->ec, error_code());
  EXPECT_EQ(cancelled->ec, net::error::operation_aborted);
  EXPECT_EQ(end->ec, net::error::eof);
  EXPECT_EQ(now().timeouts, 0U);
}

TEST_F(statistics, count_a_deadline_once_per_timeout_and_not_once_per_operation) {
  for (int i = 0; i < 100; ++i) {
    std::optional<result> written;
    stream.expires_after(std::chrono::hours(1));
    stream.async_write_some(net::buffer(memory), store(written));
    run_until(written);
    peer.read_some(net::buffer(memory));
  }
  EXPECT_GE(now().deadlines_filed, 1U);
  EXPECT_LE(now().deadlines_filed, 2U);
}

TEST_F(statistics, have_the_rings_counters_on_our_event_loop) {
  const bool is_ours = timed::backend::name() == "io_uring_native";
  ASSERT_EQ(now().ring.has_value(), is_ours);
  if (!is_ours) return;
  std::optional<result> read;
  const auto before = now().ring->operations;
  stream.async_read_some(net::buffer(memory), store(read));
  peer.write_some(net::buffer("abc", 3));
  run_until(read);
  EXPECT_EQ(now().ring->operations, before + 1);
}

TEST_F(statistics, may_be_read_on_another_thread) {
  std::atomic<bool> is_running = true;
  std::thread reader([&] {
    const uring::ring_statistics none;
    context_statistics last;
    while (is_running) {
      const auto next = now();
      EXPECT_GE(next.timeouts, last.timeouts);
      EXPECT_GE(next.deadlines_filed, last.deadlines_filed);
      EXPECT_GE(next.ring.value_or(none).enters, last.ring.value_or(none).enters);
      last = next;
      std::this_thread::yield();
    }
  });
  stream.on_timeout(timeout_action::cancel);
  for (int i = 0; i < 20; ++i) {
    std::optional<result> read;
    stream.expires_after(1ms);
    stream.async_read_some(net::buffer(memory), store(read));
    run_until(read);
  }
  is_running = false;
  reader.join();
  EXPECT_EQ(now().timeouts, 20U);
}

}  // namespace
}  // namespace timed::tests
