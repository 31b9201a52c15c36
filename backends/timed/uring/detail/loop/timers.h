// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_TIMERS_H
#define TIMED_URING_DETAIL_LOOP_TIMERS_H

#include <atomic>
#include <chrono>
#include <mutex>

#include "timed/uring/detail/loop/timer_queue.h"
#include "timed/uring/detail/operation/operation.h"

namespace timed::uring::detail {

/// A loop's timers. Thread-safe; the earliest time can be read without the lock.
class timers {
 public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;

  /// Time of the earliest timer; `time_point::max()` if there is none.
  time_point earliest(std::memory_order order = std::memory_order_relaxed) const noexcept {
    return time_point(clock::duration(earliest_.load(order)));
  }

  /// Adds a wait. Calls `on_added()` before the wait can expire.
  /// @return Whether the timer is the earliest now.
  /// @throws std::bad_alloc
  template <class OnAdded>
  bool add(timer_queue::timer& timer, time_point when, wait_operation& wait, OnAdded on_added) {
    const std::lock_guard lock(mutex_);
    queue_.add(timer, when, wait);
    on_added();
    const bool is_earliest = queue_.earliest() < earliest();
    publish_earliest(std::memory_order_seq_cst);
    return is_earliest;
  }

  /// Takes out all waits of a timer, its first one, or the one with a key.
  /// @return The waits, whose error is set.
  operation_queue cancel(timer_queue::timer& timer) noexcept {
    return abort([&] { return queue_.cancel(timer); });
  }
  operation_queue cancel_first(timer_queue::timer& timer) noexcept {
    return abort([&] { return queue_.cancel_first(timer); });
  }
  operation_queue cancel(timer_queue::timer& timer, const void* key) noexcept {
    return abort([&] { return queue_.cancel(timer, key); });
  }

  /// Takes out all waits that have expired by `now`.
  operation_queue expire(time_point now) noexcept {
    if (earliest() > now) return {};
    const std::lock_guard lock(mutex_);
    operation_queue expired = queue_.expire(now);
    publish_earliest();
    return expired;
  }

  /// Takes out all waits.
  operation_queue clear() noexcept {
    const std::lock_guard lock(mutex_);
    operation_queue all = queue_.clear();
    publish_earliest();
    return all;
  }

 private:
  template <class Take>
  operation_queue abort(Take take) noexcept {
    const std::lock_guard lock(mutex_);
    operation_queue taken = take();
    publish_earliest();
    for (operation* op = taken.front(); op != nullptr; op = operation_queue::after(*op)) {
      static_cast<wait_operation*>(op)->ec = boost::asio::error::operation_aborted;
    }
    return taken;
  }

  void publish_earliest(std::memory_order order = std::memory_order_relaxed) noexcept {
    earliest_.store(queue_.earliest().time_since_epoch().count(), order);
  }

  std::mutex mutex_;
  timer_queue queue_;
  std::atomic<clock::rep> earliest_ = time_point::max().time_since_epoch().count();
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_TIMERS_H
