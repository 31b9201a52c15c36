// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How pools of contexts are run, and how that ends.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstddef>
#include <exception>
#include <latch>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/support/pools.h"
#include "timed/context_pool.h"

namespace timed::tests {
namespace {

using backend::context_pool;
using backend::pool_options;

TEST(context_pool_run, runs_each_context_on_a_thread_of_its_own) {
  context_pool pool(3);
  std::mutex mutex;
  std::set<std::thread::id> threads{std::this_thread::get_id()};
  tally called;
  std::latch all_at_once(3);
  for (std::size_t i = 0; i < 3; ++i) {
    net::post(pool.context(i), [&, i] {
      all_at_once.arrive_and_wait();
      {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
      }
      called.add(i);
    });
  }
  const running_pool running(pool);
  called.wait_for(3);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(threads.size(), 4u);
}

TEST(context_pool_run, keeps_running_without_work_until_it_is_stopped_on_any_thread) {
  context_pool pool(2);
  running_pool running(pool);
  tally called;
  for (std::size_t i = 1; i <= 20; ++i) {  // idle in between
    net::post(pool.get_executor(), [&called] { called.add(); });
    called.wait_for(i);
  }
  EXPECT_FALSE(running.has_ended());
  EXPECT_FALSE(pool.stopped());
  pool.stop();
  EXPECT_EQ(running.join(), 0u);
  EXPECT_TRUE(pool.stopped());
}

TEST(context_pool_run, is_stopped_by_one_of_its_handlers_and_runs_again_after_restart) {
  std::array<bool, 3> is_called{};  // the handlers of a round may be called in the next one
  context_pool pool(2);
  for (bool& is_called_in_round : is_called) {
    net::post(pool.get_executor(), [&pool] { pool.stop(); });
    EXPECT_EQ(pool.run(), 0u);
    net::post(pool.get_executor(), [&is_called_in_round] { is_called_in_round = true; });
    pool.run();  // returns at once
    EXPECT_FALSE(is_called_in_round);
    pool.restart();
  }
}

TEST(context_pool_run, that_is_stopped_before_it_runs_returns_at_once) {
  context_pool pool(2);
  const auto kept = pool.add_connection();
  pool.stop();
  EXPECT_EQ(pool.run(), 1u);
}

TEST(context_pool_run, ends_when_one_of_its_contexts_is_stopped_by_itself) {
  context_pool pool(2);
  net::post(pool.context(1), [&pool] { pool.context(1).stop(); });
  EXPECT_EQ(pool.run(), 0u);
  EXPECT_TRUE(pool.stopped());
}

TEST(context_pool_run, that_runs_refuses_to_be_run_twice) {
  context_pool pool(1);
  std::optional<error_code> refused;
  net::post(pool.context(0), [&] {
    try {
      pool.run();
    } catch (const boost::system::system_error& thrown) {
      refused = thrown.code();
    }
    pool.stop();
  });
  pool.run();
  EXPECT_EQ(refused, error_code(net::error::already_started));
}

TEST(context_pool_run, throws_out_of_run_what_a_handler_throws_and_can_run_on) {
  context_pool pool(3);
  net::post(pool.context(1), [] { throw std::runtime_error("of a handler"); });
  try {
    pool.run();
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& thrown) {
    EXPECT_STREQ(thrown.what(), "of a handler");
  }
  EXPECT_FALSE(pool.stopped());
  tally called;
  for (std::size_t i = 0; i < 3; ++i) net::post(pool.context(i), [&, i] { called.add(i); });
  const running_pool running(pool);
  called.wait_for(3);
}

TEST(context_pool_run, throws_the_first_of_several_exceptions) {
  context_pool pool(2);
  std::latch both(2);
  for (std::size_t i = 0; i < 2; ++i) {
    net::post(pool.context(i), [&both] {
      both.arrive_and_wait();
      throw std::runtime_error("one of two");
    });
  }
  try {
    pool.run();
    FAIL() << "nothing was thrown";
  } catch (const net::multiple_exceptions& thrown) {
    EXPECT_THROW(std::rethrow_exception(thrown.first_exception()), std::runtime_error);
  }
}

TEST(context_pool_run, pins_its_threads_also_more_than_there_are_cpus) {
  const int cpu = backend::allowed_cpus().back();
  context_pool pool(pool_options{.contexts = 3, .cpus = {cpu}});
  tally called;
  for (std::size_t i = 0; i < 3; ++i) {
    net::post(pool.context(i), [&, i] {
      EXPECT_EQ(backend::allowed_cpus(), std::vector<int>{cpu});
      called.add(i);
    });
  }
  const running_pool running(pool);
  called.wait_for(3);
}

}  // namespace
}  // namespace timed::tests
