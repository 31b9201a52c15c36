// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_POOL_STATE_H
#define TIMED_DETAIL_POOL_STATE_H

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "timed/context_pool.h"

namespace timed::backend::detail {

/// What a pool, its connections and its listeners share. Counts are atomic, as each connection
/// changes one; all else, which changes rarely, is behind the mutex. Thread safe.
class pool_state {
 public:
  using clock = std::chrono::steady_clock;

  enum class begin_result { ready, running, stopped };

  explicit pool_state(std::size_t contexts) : counts_(contexts) {}

  /// @name Connections
  /// @{
  std::size_t choose(balancing how) noexcept;
  void add(std::size_t context) noexcept { counts_[context].of.fetch_add(1); }
  void remove(std::size_t context) noexcept;
  std::size_t connections(std::size_t context) const { return counts_.at(context).of.load(); }
  std::size_t connections() const noexcept;
  /// @}

  /// @name Listeners
  /// @{
  /// @return Whether it has to close at once.
  bool add_listener(const std::shared_ptr<pool_listener>& listener);
  void remove_listener() noexcept;
  /// @}

  /// @name The state of a run
  /// @{
  begin_result begin() noexcept;
  /// Called by each thread at its end.
  void on_thread_ended(std::exception_ptr thrown) noexcept;
  /// Blocks until the threads have to end.
  void wait_for_reason_to_end();
  /// Called when all threads have ended.
  /// @return What to throw.
  std::exception_ptr end();
  /// @param stop_contexts Called if there are threads to notify. `end()` waits for it, so that the
  ///     contexts are there.
  template <class Stop>
  void stop(Stop stop_contexts) noexcept {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    if (is_running_) stop_contexts();
    changed_.notify_all();
  }
  /// @return The listeners that are open, which the caller closes before `end_closing()`. For that
  ///     `end()` waits.
  std::vector<std::shared_ptr<pool_listener>> drain(clock::time_point deadline);
  void end_closing() noexcept;
  void restart() noexcept;
  bool is_draining() const noexcept { return is_draining_.load(); }
  bool is_stopped() const noexcept;
  /// @}

 private:
  // On cache lines of their own, as contexts change them on different CPUs.
  struct alignas(64) count {
    std::atomic<std::size_t> of = 0;
  };

  bool is_drained() const noexcept { return open_listeners_ == 0 && connections() == 0; }
  void notify() noexcept;

  std::vector<count> counts_;
  alignas(64) std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> is_draining_ = false;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool is_running_ = false;
  bool is_stopped_ = false;
  bool has_thread_ended_ = false;
  std::exception_ptr thrown_;  // the first one
  bool are_several_thrown_ = false;
  clock::time_point drain_deadline_ = clock::time_point::max();
  std::vector<std::weak_ptr<pool_listener>> listeners_;
  std::size_t open_listeners_ = 0;
  std::size_t closing_listeners_ = 0;  // number of threads that tell listeners to close
};

}  // namespace timed::backend::detail

#endif  // TIMED_DETAIL_POOL_STATE_H
