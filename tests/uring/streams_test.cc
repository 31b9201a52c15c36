// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Timed streams on our event loop, beside those on Asio's in the same program. (What each stream
// does by itself, the conformance suite tests, with the flag at io_uring_native.)

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "tests/uring/support.h"
#include "timed/error.h"
#include "timed/tcp_stream.h"
#include "timed/uring/tcp_stream.h"
#include "timed/uring/unix_stream.h"

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;
using tcp = net::ip::tcp;
using steady = std::chrono::steady_clock;

constexpr auto as_result = net::as_tuple(net::use_awaitable);

static_assert(std::same_as<timed::uring::tcp_stream::socket_type, tcp_socket>);
static_assert(!std::same_as<timed::tcp_stream, timed::uring::tcp_stream>);

// Echoes one message, and then says nothing any more until the peer hangs up.
net::awaitable<void> echo_once(timed::tcp_stream stream) {
  std::array<char, 64> memory;
  stream.expires_after(20s);
  const auto [read_error, bytes] = co_await stream.async_read_some(net::buffer(memory), as_result);
  EXPECT_EQ(read_error, error_code());
  co_await net::async_write(stream, net::buffer(memory, bytes), as_result);
  const auto [end, none] = co_await stream.async_read_some(net::buffer(memory), as_result);
  EXPECT_EQ(end, net::error::eof);
}

struct outcome {
  std::string answer;
  error_code in_silence;
  steady::duration waited{};
};

net::awaitable<void> talk(tcp::endpoint server, outcome& seen) {
  timed::uring::tcp_stream stream(co_await net::this_coro::executor);
  stream.expires_after(20s);
  co_await stream.async_connect(server, as_result);
  co_await net::async_write(stream, net::buffer("hello", 5), as_result);
  std::array<char, 5> memory{};
  co_await net::async_read(stream, net::buffer(memory), as_result);
  seen.answer.assign(memory.begin(), memory.end());
  const auto began = steady::now();
  stream.expires_after(30ms);
  const auto [ec, none] = co_await stream.async_read_some(net::buffer(memory), as_result);
  seen.in_silence = ec;
  seen.waited = steady::now() - began;
}

TEST(streams_in_one_program, on_epoll_and_on_our_loop_talk_to_each_other) {
  net::io_context of_asio;
  io_context ours;
  tcp::acceptor acceptor(of_asio, {net::ip::address_v4::loopback(), 0});
  acceptor.async_accept([&](error_code ec, tcp::socket socket) {
    ASSERT_FALSE(ec);
    net::co_spawn(of_asio, echo_once(timed::tcp_stream(std::move(socket))), net::detached);
  });
  outcome seen;
  net::co_spawn(ours, talk(acceptor.local_endpoint(), seen), net::detached);
  std::thread thread_of_asio([&] { of_asio.run(); });
  ours.run();
  thread_of_asio.join();
  EXPECT_EQ(seen.answer, "hello");
  EXPECT_EQ(seen.in_silence, timed::error::timeout);
  EXPECT_GE(seen.waited, 30ms);
}

TEST(streams_on_our_loop, are_refused_on_other_contexts) {
  net::io_context of_asio;
  EXPECT_THROW(timed::uring::tcp_stream{of_asio.get_executor()}, std::invalid_argument);
}

// A new ring is set up then, and outstanding operations are started again, with their deadlines.
TEST(streams_on_our_loop, keep_their_deadlines_when_another_thread_runs_it) {
  io_context context;
  timed::uring::unix_stream stream(context), answered(context);
  unix_socket silent(context), peer(context);
  connect_pair(stream.socket(), silent);
  connect_pair(answered.socket(), peer);
  std::array<char, 8> memory{}, other_memory{};
  std::optional<error_code> timed_out, done;
  const auto began = steady::now();
  stream.expires_after(60ms);
  stream.async_read_some(net::buffer(memory), [&](error_code ec, std::size_t) { timed_out = ec; });
  answered.expires_after(20s);
  answered.async_read_some(net::buffer(other_memory),
                           [&](error_code ec, std::size_t) { done = ec; });
  context.run_for(10ms);
  std::thread([&] { context.run_for(10ms); }).join();
  peer.write_some(net::buffer("x", 1));
  std::thread([&] { context.run(); }).join();
  EXPECT_EQ(timed_out, timed::error::timeout);
  EXPECT_GE(steady::now() - began, 60ms);
  EXPECT_LT(steady::now() - began, 30s);
  EXPECT_EQ(done, error_code());
}

// A deadline is no outstanding work, and keeps no context running.
TEST(streams_on_our_loop, let_it_end_with_deadlines_set) {
  io_context context;
  const auto began = steady::now();
  for (int round = 0; round < 3; ++round) {
    timed::uring::unix_stream stream(context);
    unix_socket peer(context);
    connect_pair(stream.socket(), peer);
    std::optional<error_code> done;
    stream.expires_after(60s);
    stream.async_write_some(net::buffer("x", 1), [&](error_code ec, std::size_t) { done = ec; });
    context.restart();
    context.run();
    EXPECT_EQ(done, error_code());
  }
  EXPECT_LT(steady::now() - began, 30s);
}

// Of a descriptor that is closed in a handler nothing is left when `close()` returns, though a read
// was outstanding: the peer sees the end at once, and the connection that another process has
// inherited is not shut down.
TEST(streams_on_our_loop, release_the_file_when_they_are_closed) {
  io_context context;
  timed::uring::unix_stream stream(context);
  unix_socket peer(context);
  connect_pair(stream.socket(), peer);
  const int inherited = ::dup(stream.socket().native_handle());
  std::array<char, 8> memory{};
  std::optional<error_code> done;
  stream.async_read_some(net::buffer(memory), [&](error_code ec, std::size_t) { done = ec; });
  context.run_for(5ms);
  context.restart();
  net::post(context, [&] { stream.close(); });
  context.run();
  EXPECT_EQ(done, net::error::operation_aborted);
  EXPECT_EQ(::write(inherited, "y", 1), 1);  // still a connection
  std::array<char, 1> received{};
  EXPECT_EQ(peer.read_some(net::buffer(received)), 1U);
  ::close(inherited);
  error_code ec;
  peer.read_some(net::buffer(received), ec);
  EXPECT_EQ(ec, net::error::eof);
}

}  // namespace
}  // namespace timed::uring::tests
