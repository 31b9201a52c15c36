// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Pools of contexts: what they are made of, which context is chosen, and lifetimes. At most three
// contexts, as each may lock memory.

#include "timed/context_pool.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <array>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstddef>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/connected.h"
#include "tests/support/pools.h"

namespace timed::tests {
namespace {

using backend::balancing;
using backend::context_pool;
using backend::pool_options;

constexpr bool has_one_thread_per_context = backend::name() == "io_uring_native";

// @return What is said of options that are refused.
std::string refusal_of(const pool_options& wanted) {
  try {
    const context_pool pool(wanted);
  } catch (const boost::system::system_error& refused) {
    EXPECT_EQ(refused.code(), net::error::invalid_argument);
    return refused.what();
  }
  ADD_FAILURE() << "not refused";
  return {};
}

TEST(context_pool, gives_executors_of_its_contexts_one_after_the_other) {
  const context_pool pool(3);
  ASSERT_EQ(pool.size(), 3u);
  std::vector<std::size_t> chosen;
  for (int i = 0; i < 6; ++i) chosen.push_back(context_of(pool, pool.get_executor()));
  EXPECT_EQ(chosen, (std::vector<std::size_t>{0, 1, 2, 0, 1, 2}));
  EXPECT_THROW(pool.context(3), std::out_of_range);
}

TEST(context_pool, chooses_the_context_with_the_fewest_connections) {
  context_pool pool(3);
  std::array<std::vector<context_pool::connection>, 3> open;
  for (int i = 0; i < 9; ++i) {
    auto connection = pool.add_connection();
    open[connection.context_index()].push_back(std::move(connection));
  }
  for (const auto& of_context : open) ASSERT_EQ(of_context.size(), 3u);

  open[1].pop_back();
  open[1].pop_back();
  open[2].pop_back();
  EXPECT_EQ(pool.connections(), 6u);
  EXPECT_EQ(context_of(pool, pool.get_executor(balancing::least_connections)), 1u);
  for (int i = 0; i < 3; ++i) {
    auto connection = pool.add_connection();
    if (i == 0) {
      EXPECT_EQ(connection.context_index(), 1u);
    }
    open[connection.context_index()].push_back(std::move(connection));
  }
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(pool.connections(i), 3u);
}

TEST(context_pool, counts_a_connection_until_it_ends_once) {
  context_pool pool(2);
  EXPECT_THROW(pool.add_connection_to(2), std::out_of_range);
  {
    auto first = pool.add_connection_to(1);
    auto moved = std::move(first);
    EXPECT_EQ(pool.connections(1), 1u);
    EXPECT_EQ(context_of(pool, moved.get_executor()), 1u);
    first = pool.add_connection_to(0);
    EXPECT_EQ(pool.connections(), 2u);
    first = std::move(moved);
    EXPECT_EQ(pool.connections(0), 0u);
    EXPECT_EQ(pool.connections(1), 1u);
    first.end();
    first.end();
    EXPECT_EQ(pool.connections(), 0u);
  }
  EXPECT_EQ(pool.connections(), 0u);
}

TEST(context_pool, of_one_context_serves_everything_there) {
  context_pool pool(1);
  EXPECT_EQ(context_of(pool, pool.get_executor()), 0u);
  EXPECT_EQ(pool.add_connection().context_index(), 0u);
  net::post(pool.get_executor(), [&pool] { pool.drain(1h); });
  EXPECT_EQ(pool.run(), 0u);
}

TEST(context_pool, refuses_to_pin_to_a_cpu_that_does_not_exist) {
  const std::string allowed = std::to_string(backend::allowed_cpus().front());
  for (const int cpu : {-1, 123456, 1 << 30}) {
    const std::string why =
        refusal_of({.contexts = 1, .cpus = {backend::allowed_cpus().front(), cpu}});
    EXPECT_NE(why.find("CPU " + std::to_string(cpu) + ","), std::string::npos) << why;
    EXPECT_NE(why.find("It may use " + allowed), std::string::npos) << why;
  }
}

TEST(context_pool, has_by_default_a_context_for_each_cpu_that_it_may_use) {
  ::cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(before), &before), 0);
  ::cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(backend::allowed_cpus().back()), &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_EQ(context_pool().size(), 1u);
  ASSERT_EQ(::sched_setaffinity(0, sizeof(before), &before), 0);
}

TEST(context_pool, runs_a_context_on_several_threads_where_the_backend_can) {
  const pool_options wanted{.contexts = 1, .threads_per_context = 4};
  if (has_one_thread_per_context) {
    EXPECT_THROW(context_pool{wanted}, std::invalid_argument);
    return;
  }
  context_pool pool(wanted);
  std::latch all_at_once(4);
  tally called;
  for (int i = 0; i < 4; ++i) {
    net::post(pool.context(0), [&] {
      all_at_once.arrive_and_wait();
      called.add();
    });
  }
  {
    const running_pool running(pool);
    called.wait_for(4);
  }
  // Handlers of one connection are not called concurrently.
  using strand = net::strand<context_pool::executor_type>;
  EXPECT_NE(pool.add_connection().get_executor().target<strand>(), nullptr);
}

TEST(context_pool, refuses_contexts_that_no_thread_runs) {
  EXPECT_THROW(context_pool(pool_options{.threads_per_context = 0}), std::invalid_argument);
}

TEST(context_pool, destroys_handlers_that_own_sockets_of_other_contexts) {
  std::optional<context_pool> pool(3);
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      auto timer = std::make_unique<backend::steady_timer>(pool->context(j), 1h);
      auto socket = std::make_unique<tcp_socket>(pool->context(j), net::ip::tcp::v4());
      timer->async_wait([](error_code) { ADD_FAILURE() << "called"; });
      net::post(pool->context(i),
                [timer = std::move(timer), socket = std::move(socket),
                 connection = pool->add_connection_to(j)] { ADD_FAILURE() << "called"; });
    }
  }
  pool.reset();
}

TEST(context_pool, may_end_before_a_connection_that_it_counts) {
  std::optional<context_pool> pool(2);
  std::optional<context_pool::connection> kept(pool->add_connection());
  pool.reset();
  EXPECT_FALSE(kept->is_draining());
  kept.reset();
}

}  // namespace
}  // namespace timed::tests
