// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Counters of the event loop, compared with what the kernel was asked for.

#include "timed/uring/ring_statistics.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>

#include "tests/uring/forwarding_kernel.h"
#include "tests/uring/support.h"

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;

/// The kernel of this machine, whose calls are counted.
class watched_kernel final : public forwarding_kernel {
 public:
  int enter(io_uring& ring, unsigned to_submit, unsigned wait_for, unsigned flags,
            const void* argument, std::size_t size) override {
    const int result = forwarding_kernel::enter(ring, to_submit, wait_for, flags, argument, size);
    ++enters;
    if (result > 0) submissions += static_cast<unsigned>(result);
    return result;
  }

  std::uint64_t enters = 0;
  std::uint64_t submissions = 0;
};

class statistics_of_a_ring : public testing::Test {
 public:
  statistics_of_a_ring() { connect_pair(a, b); }

  // A read that waits, and the write that it waits for.
  void read_and_write() {
    std::optional<result> read, written;
    a.async_read_some(net::buffer(memory), store(read));
    context.restart();
    context.poll();
    b.async_write_some(net::buffer("abc", 3), store(written));
    context.restart();
    context.run_for(20s);
    ASSERT_TRUE(read.has_value() && written.has_value());
    EXPECT_EQ(read->bytes, 3U);
  }

  watched_kernel kernel;
  context_on context{kernel};
  unix_socket a{context}, b{context};
  std::array<char, 8> memory{};
};

TEST_F(statistics_of_a_ring, are_what_the_kernel_was_asked_for) {
  for (std::uint64_t i = 1; i <= 10; ++i) {
    read_and_write();
    const auto counted = context.statistics();
    EXPECT_EQ(counted.operations, 2 * i);
    EXPECT_EQ(counted.enters, kernel.enters);
    EXPECT_EQ(counted.submissions, kernel.submissions);
    EXPECT_GE(counted.completions, i);  // each read waits in the ring
    EXPECT_LE(counted.completions, counted.submissions);
    EXPECT_EQ(counted.changes_of_thread, 0U);
  }
  EXPECT_EQ(context.statistics().mode, context.ring_mode());
}

TEST_F(statistics_of_a_ring, count_operations_that_another_thread_starts) {
  std::optional<result> read;
  std::thread([&] { a.async_read_some(net::buffer(memory), store(read)); }).join();
  b.write_some(net::buffer("abc", 3));
  context.run_for(20s);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(context.statistics().operations, 1U);
}

TEST_F(statistics_of_a_ring, outlast_a_change_of_thread) {
  read_and_write();
  const auto before = context.statistics();
  std::thread([&] { read_and_write(); }).join();
  const auto after = context.statistics();
  EXPECT_EQ(after.operations, before.operations + 2);
  EXPECT_GT(after.enters, before.enters);
  EXPECT_EQ(after.enters, kernel.enters);
  EXPECT_EQ(after.changes_of_thread, 1U);
}

}  // namespace
}  // namespace timed::uring::tests
