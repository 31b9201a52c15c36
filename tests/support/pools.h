// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A pool that runs, and counting of what happens on its threads.

#ifndef TIMED_TESTS_SUPPORT_POOLS_H
#define TIMED_TESTS_SUPPORT_POOLS_H

#include <gtest/gtest.h>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <future>
#include <map>
#include <mutex>
#include <utility>

#include "timed/context_pool.h"

namespace timed::tests {

/// Counts events by the number of the context where they happen. Thread safe.
class tally {
 public:
  void add(std::size_t context = 0) {
    const std::lock_guard lock(mutex_);
    ++of_[context];
    ++all_;
    changed_.notify_all();
  }

  /// Blocks until there were so many events; fails the test if that takes too long.
  void wait_for(std::size_t events) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return all_ >= events; });
    EXPECT_EQ(all_, events);
  }

  std::size_t of(std::size_t context) const {
    const std::lock_guard lock(mutex_);
    const auto found = of_.find(context);
    return found == of_.end() ? 0 : found->second;
  }

  std::size_t all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, std::size_t> of_;
  std::size_t all_ = 0;
};

/// Runs a pool on another thread, and stops it at the end.
class running_pool {
 public:
  explicit running_pool(backend::context_pool& pool)
      : pool_(pool), result_(std::async(std::launch::async, [&pool] { return pool.run(); })) {}
  running_pool(const running_pool&) = delete;
  ~running_pool() {
    if (result_.valid()) pool_.stop();  // else the pool may have gone by now
  }

  /// Waits for its end; fails the test if that takes too long.
  /// @return What `run()` returns.
  /// @throws What it throws.
  std::size_t join() {
    if (result_.wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
      ADD_FAILURE() << "the pool does not end";
      pool_.stop();
    }
    return result_.get();
  }

  bool has_ended() const {
    return result_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

 private:
  backend::context_pool& pool_;
  std::future<std::size_t> result_;
};

/// @return The number of the context that an executor belongs to.
template <class Executor>
std::size_t context_of(const backend::context_pool& pool, const Executor& executor) {
  const net::execution_context& of = net::query(executor, net::execution::context);
  for (std::size_t i = 0; i < pool.size(); ++i) {
    if (&of == &pool.context(i)) return i;
  }
  ADD_FAILURE() << "an executor of no context of the pool";
  return pool.size();
}

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_POOLS_H
