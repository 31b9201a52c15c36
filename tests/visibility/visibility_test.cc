// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <future>
#include <optional>
#include <thread>

#include "tests/visibility/hidden.h"
#include "timed/manual_clock.h"

namespace timed::tests {
namespace {

using namespace std::chrono_literals;

class hidden_library : public testing::Test {
 public:
  timed::backend::io_context context;
};

TEST_F(hidden_library, knows_whether_this_thread_runs_the_context) {
  bool is_running = false;
  net::post(context, [&] { is_running = hidden::is_running(context); });
  context.run();
  EXPECT_TRUE(is_running);
  EXPECT_FALSE(hidden::is_running(context));
}

TEST_F(hidden_library, wakes_a_context_that_sleeps) {
  auto work = net::make_work_guard(context);
  std::thread runner([&] { context.run(); });
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(2ms);
    std::promise<void> called;
    auto future = called.get_future();
    hidden::post(context, [&] { called.set_value(); });
    ASSERT_EQ(future.wait_for(20s), std::future_status::ready);
  }
  work.reset();
  runner.join();
}

TEST_F(hidden_library, makes_and_uses_streams_of_the_program_s_context) {
  unix_stream a = hidden::make_stream(context), b(context);
  timed::backend::connect_pair(a.socket(), b.socket());
  std::optional<error_code> first, second;
  hidden::read(a, [&](error_code ec) { first = ec; });
  hidden::read(b, [&](error_code ec) { second = ec; });
  a.write_some(net::buffer("x", 1));
  b.write_some(net::buffer("x", 1));
  context.run_for(20s);
  EXPECT_EQ(first, error_code());
  EXPECT_EQ(second, error_code());
}

TEST_F(hidden_library, has_the_time_that_the_program_sets) {
  manual_clock clock(context);
  unix_stream a = hidden::make_stream(context), b(context);
  timed::backend::connect_pair(a.socket(), b.socket());
  std::optional<error_code> read;
  a.expires_after(1h);
  hidden::read(a, [&](error_code ec) { read = ec; });
  context.poll();
  EXPECT_FALSE(read.has_value());
  clock.advance(1h);
  context.restart();
  context.run_for(20s);
  EXPECT_EQ(read, error_code(error::timeout));
}

}  // namespace
}  // namespace timed::tests
