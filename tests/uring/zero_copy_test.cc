// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Writes that the kernel does not copy. (Over loopback it does, but only when it passes them on.)

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstddef>
#include <limits>
#include <numeric>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "tests/uring/counting_kernel.h"
#include "tests/uring/support.h"
#include "timed/direction.h"
#include "timed/error.h"
#include "timed/uring/tcp_stream.h"

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;

class zero_copy : public testing::Test {
 public:
  // @return What has arrived of so many bytes, written in one go.
  template <class Socket>
  std::vector<unsigned char> transfer(std::size_t size) {
    Socket from(context), to(context);
    connect_sockets(from, to);
    std::vector<unsigned char> sent(size), got(size);
    std::iota(sent.begin(), sent.end(), static_cast<unsigned char>(0));
    std::optional<result> written, read;
    net::async_write(from, net::buffer(sent), store(written));
    net::async_read(to, net::buffer(got), store(read));
    context.restart();
    context.run_for(20s);
    EXPECT_TRUE(written && written->bytes == size && !written->ec);
    EXPECT_EQ(got, sent);
    return got;
  }

  counting_kernel kernel;
  context_on context{kernel, options{.zero_copy_from = 1000}};
};

TEST_F(zero_copy, is_for_writes_from_the_given_size_on) {
  EXPECT_EQ(transfer<tcp_socket>(999).size(), 999U);
  EXPECT_EQ(kernel.without_copy, 0);
  EXPECT_EQ(kernel.with_copy, 1);
  EXPECT_EQ(transfer<tcp_socket>(1000).size(), 1000U);
  EXPECT_EQ(kernel.without_copy, 1);
  EXPECT_EQ(kernel.with_copy, 1);
}

TEST_F(zero_copy, transfers_what_does_not_fit_in_the_socket_s_buffer) {
  EXPECT_EQ(transfer<tcp_socket>(10'000'000).size(), 10'000'000U);
  EXPECT_GT(kernel.without_copy, 1);
}

TEST_F(zero_copy, copies_if_the_socket_does_not_support_it) {
  EXPECT_EQ(transfer<unix_socket>(5000).size(), 5000U);
  EXPECT_GT(kernel.without_copy, 0);
  EXPECT_GT(kernel.with_copy, 0);
  EXPECT_EQ(context.statistics().copied_sends, static_cast<unsigned>(kernel.without_copy));
}

// The kernel keeps the buffer in memory meanwhile, which counts as locked.
TEST_F(zero_copy, copies_if_the_memory_cannot_be_locked) {
  ::rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_MEMLOCK, &before), 0);
  ::rlimit limit = before;
  limit.rlim_cur = std::min<::rlim_t>(limit.rlim_cur, 50'000'000);
  ASSERT_EQ(::setrlimit(RLIMIT_MEMLOCK, &limit), 0);
  const std::vector<char> data(100'000'000);
  tcp_socket from(context), to(context);
  connect_sockets(from, to);
  std::optional<result> done;
  from.async_write_some(net::buffer(data), store(done));
  context.run_for(1s);
  ASSERT_EQ(::setrlimit(RLIMIT_MEMLOCK, &before), 0);
  EXPECT_EQ(kernel.without_copy, 1);
  if (kernel.with_copy == 0) return;  // it may lock as much as it likes (CAP_IPC_LOCK)
  if (!done) context.run_for(20s);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error_code());
  EXPECT_GT(done->bytes, 0U);
}

TEST_F(zero_copy, is_off_by_default) {
  EXPECT_EQ(options().zero_copy_from, std::numeric_limits<std::size_t>::max());
}

// A peer that reads nothing.
TEST_F(zero_copy, ends_with_its_deadline) {
  tcp_socket peer(context);
  timed::uring::tcp_stream stream(context);
  connect_sockets(stream.socket(), peer);
  const std::vector<char> data(100'000'000);
  std::optional<result> done;
  stream.expires_after(60s);
  net::async_write(stream, net::buffer(data), store(done));
  context.poll();
  const auto began = std::chrono::steady_clock::now();
  stream.expires_after(100ms, direction::write);  // the kernel has the first bytes
  context.run_for(20s);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error::timeout);
  EXPECT_GT(done->bytes, 0U);
  EXPECT_LT(done->bytes, data.size());
  EXPECT_LT(std::chrono::steady_clock::now() - began, 15s);
}

// What the peer's window has no room for stays in the buffer, which the kernel needs meanwhile:
// such a write is not over, though it has been accepted.
class unacknowledged_write : public zero_copy {
 public:
  unacknowledged_write() {
    connect_sockets(from, to);
    from.async_write_some(net::buffer(data), store(done));
    context.run_for(50ms);
    EXPECT_FALSE(done.has_value());
  }

  // It has completed, and what the kernel has accepted counts as written.
  void expect_written() {
    context.restart();
    context.run_for(20s);
    ASSERT_TRUE(done.has_value());
    EXPECT_EQ(done->ec, error_code());
    EXPECT_GT(done->bytes, 0U);
  }

  const std::vector<char> data = std::vector<char>(1'000'000);
  tcp_socket from{context}, to{context};
  std::optional<result> done;
};

TEST_F(unacknowledged_write, completes_when_its_peer_has_taken_it) {
  std::vector<char> memory(1 << 20);
  while (!done) {
    to.async_read_some(net::buffer(memory), [](error_code, std::size_t) {});
    context.restart();
    ASSERT_EQ(context.run_one_for(20s), 1U);
  }
  EXPECT_EQ(done->ec, error_code());
  EXPECT_GT(done->bytes, 0U);
}

TEST_F(unacknowledged_write, is_not_affected_by_a_cancellation) {
  from.cancel();
  context.restart();
  context.run_for(50ms);
  EXPECT_FALSE(done.has_value());
}

TEST_F(unacknowledged_write, ends_with_its_socket) {
  net::post(context, [&] { from.close(); });
  expect_written();
}

TEST_F(unacknowledged_write, ends_with_its_socket_closed_while_no_thread_runs_the_loop) {
  from.close();
  expect_written();
}

TEST_F(unacknowledged_write, ends_with_its_socket_closed_by_another_thread) {
  std::thread([&] { from.close(); }).join();
  expect_written();
}

TEST_F(unacknowledged_write, keeps_its_context_on_its_thread) {
  std::optional<error_code> refused;
  std::thread([&] {
    try {
      context.run();
    } catch (const boost::system::system_error& failure) {
      refused = failure.code();
    }
  }).join();
  EXPECT_EQ(refused, error_code(net::error::in_progress));
  from.close();
  expect_written();  // here it goes on
}

// Before the kernel has heard of it.
TEST_F(zero_copy, ends_when_its_socket_is_closed_in_the_same_handler) {
  const std::vector<char> data(1'000'000);
  tcp_socket from(context), to(context);
  connect_sockets(from, to);
  std::optional<result> done;
  net::post(context, [&] {
    from.async_write_some(net::buffer(data), store(done));
    from.close();
  });
  context.run_for(20s);
  EXPECT_TRUE(done.has_value());
}

TEST(unacknowledged_writes, end_with_their_context) {
  for (const bool is_here : {true, false}) {
    const std::vector<char> data(1'000'000);
    std::optional<io_context> context(std::in_place, options{.zero_copy_from = 1000});
    {
      tcp_socket from(*context), to(*context);
      connect_sockets(from, to);
      std::optional<result> done;
      from.async_write_some(net::buffer(data), store(done));
      context->run_for(50ms);
      const auto end = [&] { context.reset(); };
      // The sockets live in handlers, as they do in programs.
      net::post(*context, [kept = std::pair(std::move(from), std::move(to))] {});
      const auto began = std::chrono::steady_clock::now();
      is_here ? end() : std::thread(end).join();
      EXPECT_LT(std::chrono::steady_clock::now() - began, 30s);
      EXPECT_FALSE(done.has_value());
    }
  }
}

}  // namespace
}  // namespace timed::uring::tests
