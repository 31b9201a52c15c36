// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// When the operations that a program has started are submitted: before a function that runs the
// context returns, and before the program's later calls on the same socket.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/uring/support.h"

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;
using net::ip::tcp;

// What has arrived, without waiting for more.
std::string arrived_at(unix_socket& socket) {
  std::array<char, 64> memory{};
  const ssize_t bytes = ::recv(socket.native_handle(), memory.data(), memory.size(), MSG_DONTWAIT);
  return {memory.data(), static_cast<std::size_t>(bytes > 0 ? bytes : 0)};
}

bool is_readable(int descriptor) {
  ::pollfd polled{.fd = descriptor, .events = POLLIN, .revents = 0};
  return ::poll(&polled, 1, 20'000) == 1;
}

constexpr auto ignore = [](error_code, auto&&...) {};

class submission : public connected_pair<unix_socket> {
 public:
  std::array<net::const_buffer, 2> two{net::buffer("ab", 2), net::buffer("cd", 2)};

  // Calls `function` as a handler behind which another one is ready.
  void post_busily(std::function<void()> function) {
    net::post(context, [this, function] {
      net::post(context, [] {});
      function();
    });
  }
};

TEST_F(submission, of_writes_happens_before_a_run_function_returns) {
  const std::vector<std::function<void()>> writes = {
      [this] { a.async_write_some(net::buffer("abcd", 4), ignore); },
      [this] { a.async_write_some(two, ignore); },
      [this] { net::async_write(a, two, ignore); },
  };
  for (const auto& write : writes) {
    for (const auto& run : std::vector<std::function<void()>>{[this] { context.run_one(); },
                                                              [this] { context.poll_one(); }}) {
      context.restart();
      post_busily(write);
      run();
      EXPECT_EQ(arrived_at(b), "abcd");
      context.poll();
    }
    context.restart();
    post_busily([&] {
      write();
      context.stop();
    });
    context.run();
    EXPECT_EQ(arrived_at(b), "abcd") << "stopped";
    context.restart();
    context.poll();
    post_busily([&] {
      write();
      throw 17;
    });
    context.restart();
    EXPECT_THROW(context.run(), int);
    EXPECT_EQ(arrived_at(b), "abcd") << "thrown";
    context.poll();
  }
}

TEST_F(submission, of_a_connect_happens_before_a_run_function_returns) {
  basic_acceptor<tcp> acceptor(context, {net::ip::address_v4::loopback(), 0});
  tcp_socket socket(context);
  post_busily([&] { socket.async_connect(acceptor.local_endpoint(), ignore); });
  context.run_one();
  EXPECT_TRUE(is_readable(acceptor.native_handle()));
}

TEST_F(submission, of_what_a_handler_starts_happens_though_another_handler_is_ready) {
  net::post(context, [] {});
  net::post(context, [] {});
  context.run_one();
  a.async_write_some(net::buffer("abcd", 4), ignore);
  context.run_one();
  EXPECT_EQ(arrived_at(b), "abcd");
}

TEST_F(submission, needs_no_room_for_all_in_the_ring) {
  for (const unsigned entries : {0U, 1U}) {  // the kernel allows no ring without entries
    SCOPED_TRACE(entries);
    io_context small(options{.entries = entries, .completions = entries});
    std::vector<std::unique_ptr<unix_socket>> ours, theirs;
    for (int i = 0; i < 9; ++i) {
      ours.push_back(std::make_unique<unix_socket>(small));
      theirs.push_back(std::make_unique<unix_socket>(small));
      connect_pair(*ours.back(), *theirs.back());
    }
    net::post(small, [&] {
      net::post(small, [] {});
      for (auto& each : ours) each->async_write_some(two, ignore);
    });
    small.run_one();
    for (auto& each : theirs) EXPECT_EQ(arrived_at(*each), "abcd");
  }
}

TEST_F(submission, of_asynchronous_writes_precedes_a_synchronous_one) {
  post_busily([this] {
    a.async_write_some(two, ignore);
    a.write_some(net::buffer("ef", 2));
  });
  context.run_one();
  EXPECT_EQ(arrived_at(b), "abcdef");
}

TEST_F(submission, of_writes_precedes_the_end_of_the_connection) {
  for (const bool is_busy : {false, true}) {
    unix_socket from(context), to(context);
    connect_pair(from, to);
    std::optional<result> done;
    const auto end = [&] {
      from.async_write_some(two, store(done));
      from.shutdown(net::socket_base::shutdown_send);
    };
    is_busy ? post_busily(end) : net::post(context, end);
    run();
    ASSERT_TRUE(done.has_value());
    EXPECT_EQ(done->ec, error_code());
    EXPECT_EQ(arrived_at(to), "abcd");
    EXPECT_EQ(::recv(to.native_handle(), &done, 1, MSG_DONTWAIT), 0);
  }
}

// No thread has run the context, so the ring belongs to none.
TEST_F(submission, of_writes_precedes_the_end_of_the_connection_before_the_first_run) {
  net::post(context, [] {});
  std::optional<result> done;
  a.async_write_some(two, store(done));
  a.shutdown(net::socket_base::shutdown_send);
  run();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(arrived_at(b), "abcd");
}

TEST_F(submission, of_writes_elsewhere_precedes_the_end_of_the_connection_there) {
  context.poll();
  std::optional<result> done;
  std::thread([&] {
    a.async_write_some(two, store(done));
    a.shutdown(net::socket_base::shutdown_send);
  }).join();
  run();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(arrived_at(b), "abcd");
  EXPECT_EQ(::recv(b.native_handle(), &done, 1, MSG_DONTWAIT), 0);
}

// The loop has not heard of either when the socket is closed.
TEST_F(submission, of_the_end_elsewhere_is_harmless_to_a_socket_that_is_closed_at_once) {
  context.poll();
  std::optional<result> done;
  std::thread([&] {
    a.async_write_some(two, store(done));
    a.shutdown(net::socket_base::shutdown_send);
    a.close();
  }).join();
  run();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, net::error::operation_aborted);
}

}  // namespace
}  // namespace timed::uring::tests
