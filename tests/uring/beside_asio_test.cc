// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// One program with Asio's io_context and ours, which pass data to each other; and what of Asio's
// works on our context itself.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/uring/support.h"

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;
using tcp = net::ip::tcp;

template <class Socket>
net::awaitable<void> pass_on(Socket from, Socket to, std::size_t bytes) {
  std::vector<char> memory(4096);
  while (bytes > 0) {
    const std::size_t part = co_await from.async_read_some(net::buffer(memory), net::use_awaitable);
    co_await net::async_write(to, net::buffer(memory.data(), part), net::use_awaitable);
    bytes -= part;
  }
}

// Bytes go from a socket on epoll to one on io_uring and back, over two connections; and handlers
// from one context to the other.
TEST(two_contexts, pass_data_to_each_other) {
  net::io_context of_asio;
  io_context ours;
  constexpr std::size_t size = 200'000;
  std::vector<char> sent(size), got(size);
  for (std::size_t i = 0; i < size; ++i) sent[i] = static_cast<char>(i % 251);

  net::ip::tcp::acceptor acceptor(of_asio, {net::ip::address_v4::loopback(), 0});
  tcp::socket out(of_asio), in(of_asio);
  tcp_socket first(ours), second(ours);
  first.connect(acceptor.local_endpoint());
  acceptor.accept(out);
  second.connect(acceptor.local_endpoint());
  acceptor.accept(in);
  net::co_spawn(ours, pass_on(std::move(first), std::move(second), size), net::detached);

  bool is_on_ours = false;
  std::promise<void> done;
  net::async_write(out, net::buffer(sent), [](error_code ec, std::size_t) { EXPECT_FALSE(ec); });
  net::async_read(in, net::buffer(got), [&](error_code ec, std::size_t) {
    EXPECT_FALSE(ec);
    net::post(ours, [&] {
      is_on_ours = ours.get_executor().running_in_this_thread();
      net::post(of_asio, [&] { done.set_value(); });
    });
  });
  auto work = net::make_work_guard(ours);
  auto work_of_asio = net::make_work_guard(of_asio);
  std::thread thread([&] { ours.run(); });
  std::thread thread_of_asio([&] { of_asio.run(); });
  done.get_future().wait();
  work.reset();
  work_of_asio.reset();
  thread.join();
  thread_of_asio.join();
  EXPECT_EQ(got, sent);
  EXPECT_TRUE(is_on_ours);
}

TEST(asio_io_objects, work_on_our_context) {
  io_context context;
  const auto strand = net::make_strand(context);
  bool timer_was_here = false;
  net::steady_timer timer(context, 2ms);
  timer.async_wait([&](error_code ec) {
    timer_was_here = !ec && context.get_executor().running_in_this_thread();
  });
  std::size_t resolved = 0;
  tcp::resolver resolver(context);
  resolver.async_resolve("127.0.0.1", "80", [&](error_code ec, const auto& found) {
    EXPECT_FALSE(ec);
    EXPECT_TRUE(context.get_executor().running_in_this_thread());
    resolved = found.size();
  });
  tcp::acceptor acceptor(context, {net::ip::address_v4::loopback(), 0});
  bool accepted = false;
  acceptor.async_accept([&](error_code ec, tcp::socket socket) {
    ASSERT_FALSE(ec);
    tcp_socket taken_over(std::move(socket));
    EXPECT_FALSE(socket.is_open());
    accepted = taken_over.is_open();
  });
  tcp_socket client(context);
  client.async_connect(acceptor.local_endpoint(), [](error_code ec) { EXPECT_FALSE(ec); });
  context.run();
  EXPECT_TRUE(timer_was_here);
  EXPECT_EQ(resolved, 1U);
  EXPECT_TRUE(accepted);
}

TEST(asio_io_objects, get_results_as_futures) {
  io_context context;
  unix_socket a(context), b(context);
  connect_pair(a, b);
  std::array<char, 8> memory{};
  auto bytes = b.async_read_some(net::buffer(memory), net::use_future);
  auto work = net::make_work_guard(context);
  std::thread runner([&] { context.run(); });
  a.write_some(net::buffer("abc", 3));
  EXPECT_EQ(bytes.get(), 3U);
  work.reset();
  runner.join();
}

}  // namespace
}  // namespace timed::uring::tests
