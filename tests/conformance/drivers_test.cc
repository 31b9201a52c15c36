// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What watches the deadlines, on every kind of execution context and executor: those that are
// recognised, and one that cannot be.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_immediate_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/connected.h"
#include "tests/support/driver_tests.h"
#include "tests/support/failing_allocator.h"
#include "tests/support/threads.h"

namespace timed::tests {
namespace {

using context_type = timed::backend::io_context;
using io_executor = context_type::executor_type;

using kinds = testing::Types<
    kind<context_type, io_executor>, kind<context_type, net::strand<io_executor>>,
    kind<context_type, net::strand<net::strand<io_executor>>>,
    kind<context_type, any_of<io_executor>>, kind<context_type, any_of<net::strand<io_executor>>>,
    kind<context_type, any_of<opaque<io_executor>>>, kind<context_type, opaque<io_executor>>,
    kind<context_type, net::strand<opaque<io_executor>>>>;
INSTANTIATE_TYPED_TEST_SUITE_P(contexts, driver, kinds);

// The rest is about one context, whatever its executors.

using lifetime = connected<tcp_stream>;

TEST_F(lifetime, of_a_stopped_context_goes_on_with_its_deadlines_when_it_is_restarted) {
  std::array<char, 8> memory{};
  std::optional<result> read;
  const auto began = steady::now();
  stream.expires_after(20ms);
  stream.async_read_some(net::buffer(memory), store(read));
  net::post(context, [this] { context.stop(); });
  context.run();
  const bool has_ended = read.has_value();
  EXPECT_TRUE(!has_ended || steady::now() - began >= 20ms);
  std::this_thread::sleep_for(40ms);  // no thread runs it while the deadline passes
  EXPECT_EQ(read.has_value(), has_ended);
  context.restart();
  context.run_for(20s);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->ec, error::timeout);
}

TEST_F(lifetime, of_a_context_that_is_polled_now_and_then_is_enough_for_deadlines) {
  std::array<char, 8> memory{};
  std::optional<result> read;
  const auto began = steady::now();
  stream.expires_after(20ms);
  stream.async_read_some(net::buffer(memory), store(read));
  while (!read && steady::now() < began + 20s) {
    context.restart();
    context.poll();
    std::this_thread::sleep_for(3ms);
  }
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->ec, error::timeout);
  EXPECT_GE(steady::now() - began, 20ms);
}

// One that has run out of work before, with a deadline in its queue that is far.
TEST_F(lifetime, of_a_context_may_end_and_begin_again_with_nearer_deadlines) {
  std::array<char, 8> memory{};
  for (const auto timeout : {30'000ms, 30ms, 30'000ms, 10ms, 1ms}) {
    tcp_stream each(context);
    auto peer_of_each = connected_peer(each);
    std::optional<result> read;
    each.expires_after(timeout);
    each.async_read_some(net::buffer(memory), store(read));
    if (timeout > 1s) peer_of_each.write_some(net::buffer("x", 1));
    run_until(read);
    EXPECT_EQ(read->ec, timeout > 1s ? error_code() : error::timeout);
    run_to_end();
  }
}

// An operation that completes within its initiating function, while nothing else is outstanding and
// no thread runs the context: its deadline has been filed nevertheless.
TEST_F(lifetime, of_a_context_is_not_stopped_by_a_deadline_that_nothing_is_outstanding_for) {
  for (int round = 0; round < 2; ++round) {
    bool done = false;
    stream.expires_after(round == 0 ? 30s : 5s);
    stream.async_write_some(
        net::buffer("x", 1),
        net::bind_immediate_executor(net::system_executor(),
                                     [&done](error_code, std::size_t) { done = true; }));
    EXPECT_FALSE(context.stopped());
    bool posted = false;
    net::post(context, [&posted] { posted = true; });
    context.run();
    EXPECT_TRUE(posted);
    EXPECT_TRUE(done);
    context.restart();
  }
}

// Its deadline has been filed by then. The next operation, which need not file its own, times out
// nevertheless.
TEST_F(lifetime, of_an_operation_may_end_by_an_exception_and_the_next_one_has_its_deadline) {
  std::array<char, 8> memory{};
  stream.expires_after(100ms);
  EXPECT_THROW(stream.async_read_some(
                   net::buffer(memory),
                   net::bind_allocator(failing_allocator<void*>(), [](error_code, std::size_t) {})),
               std::bad_alloc);
  std::optional<result> read;
  stream.expires_after(250ms);
  stream.async_read_some(net::buffer(memory), store(read));
  run_until(read);
  EXPECT_EQ(read->ec, error::timeout);
}

// Each stream is destroyed by another thread than those that watch its deadlines, at about the
// moment they pass.
TEST(lifetime_of_streams, may_end_on_any_thread_while_their_deadlines_pass) {
  timed::backend::io_context context;
  auto work = net::make_work_guard(context);
  runners threads(2, [&context] { context.run(); });
  std::atomic<int> handlers = 0;
  constexpr int count = 400;
  std::array<char, 8> memory{};
  for (int i = 0; i < count; ++i) {
    std::optional<unix_stream> stream(std::in_place, context);
    // On another thread, the read may find the end of this one before it is cancelled.
    unix_stream::socket_type peer(context);
    connect_sockets(stream->socket(), peer);
    stream->expires_after(std::chrono::microseconds(i % 40 * 50));
    stream->async_read_some(net::buffer(memory), [&](error_code ec, std::size_t) {
      EXPECT_TRUE(ec == error::timeout || ec == net::error::operation_aborted) << ec;
      ++handlers;
    });
    std::this_thread::sleep_for(std::chrono::microseconds(i % 7 * 300));
    stream.reset();
  }
  work.reset();
  threads.join();
  EXPECT_EQ(handlers, count);
}

// Of its deadlines some pass while it sleeps, and some do not.
TEST(lifetime_of_processes, may_be_suspended_past_their_deadlines) {
  constexpr int count = 50;
  child_process child([] {
    timed::backend::io_context context;
    std::array<char, 8> memory{};
    std::vector<std::unique_ptr<unix_stream>> streams;
    std::vector<unix_stream::socket_type> peers;
    int early = 0, timed_out = 0, others = 0;
    error_code far = net::error::fault;
    const auto began = steady::now();
    for (int i = 0; i <= count; ++i) {
      auto& stream = *streams.emplace_back(std::make_unique<unix_stream>(context));
      connect_sockets(stream.socket(), peers.emplace_back(context));
      const auto due = began + (i < count ? i * 20ms : 60s);
      stream.expires_at(due);
      stream.async_read_some(net::buffer(memory), [&, due, i](error_code ec, std::size_t) {
        if (i == count) {
          far = ec;
        } else {
          ++(ec == error::timeout ? timed_out : others);
          if (steady::now() < due) ++early;
          if (timed_out == count) peers.back().write_some(net::buffer("x", 1));
        }
      });
    }
    context.run();
    const bool right = timed_out == count && others == 0 && early == 0 && !far;
    if (!right) std::fprintf(stderr, "%d timed out, %d not, %d early\n", timed_out, others, early);
    return right && steady::now() - began < 30s ? 0 : 1;
  });
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(100ms);
    child.send(SIGSTOP);
    std::this_thread::sleep_for(200ms);
    child.send(SIGCONT);
  }
  EXPECT_EQ(child.wait(), 0);
}

// A timeout of seconds is set without a look at the clock, which has gone on while the process has
// not.
TEST(lifetime_of_processes, may_be_suspended_past_a_timeout_of_seconds_and_before_the_next_one) {
  child_process child([] {
    timed::backend::io_context context;
    unix_stream stream(context);
    auto peer = connected_peer(stream);
    std::array<char, 8> memory{};
    int handlers = 0;
    bool right = true;
    std::function<void()> read = [&] {
      const auto began = steady::now();
      stream.expires_after(4s);
      stream.async_read_some(net::buffer(memory), [&, began](error_code ec, std::size_t) {
        const auto took = steady::now() - began;
        right = right && ec == error::timeout && took >= 4s && took < 20s;
        if (++handlers < 2) read();
      });
    };
    stream.on_timeout(timeout_action::cancel);
    // As in the middle of a stream's life: the first read is started by a handler.
    stream.async_write_some(net::buffer("x", 1), [&](error_code, std::size_t) { read(); });
    context.run();
    return right && handlers == 2 ? 0 : 1;
  });
  std::this_thread::sleep_for(100ms);
  child.send(SIGSTOP);
  std::this_thread::sleep_for(4500ms);
  child.send(SIGCONT);
  EXPECT_EQ(child.wait(), 0);
}

// What was begun before the fork goes on in both. But not on Asio's io_uring (Boost 1.92): there no
// timer fires after a fork if one was waited for before, so that nothing may be begun before.
TEST(lifetime_of_processes, may_fork_and_go_on_in_both) {
  const bool may_begin_before = backend::name() != "io_uring";
  timed::backend::io_context context;
  std::array<char, 8> memory{};
  std::optional<result> before;
  unix_stream stream(context);
  auto peer = connected_peer(stream);
  if (may_begin_before) {
    stream.expires_after(200ms);
    stream.async_read_some(net::buffer(memory), store(before));
    context.run_for(10ms);
  }
  const auto go_on = [&] {
    unix_stream own(context);
    auto own_peer = connected_peer(own);
    std::array<char, 8> own_memory{};
    std::optional<result> read;
    const auto began = steady::now();
    own.expires_after(30ms);
    own.async_read_some(net::buffer(own_memory), store(read));
    context.restart();
    context.run_for(20s);
    return read && read->ec == error::timeout && steady::now() - began >= 30ms &&
           (!may_begin_before || (before && before->ec == error::timeout));
  };
  context.notify_fork(net::execution_context::fork_prepare);
  child_process child([&] {
    context.notify_fork(net::execution_context::fork_child);
    return go_on() ? 0 : 1;
  });
  context.notify_fork(net::execution_context::fork_parent);
  EXPECT_TRUE(go_on());
  EXPECT_EQ(child.wait(), 0);
}

}  // namespace
}  // namespace timed::tests
