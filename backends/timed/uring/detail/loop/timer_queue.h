// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_TIMER_QUEUE_H
#define TIMED_URING_DETAIL_LOOP_TIMER_QUEUE_H

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "timed/uring/detail/operation/operation.h"

namespace timed::uring::detail {

/// @return The time after a duration from now; `max()` or `min()` if that is more than a century.
template <class Rep, class Period>
std::chrono::steady_clock::time_point from_now(const std::chrono::duration<Rep, Period>& after) {
  using clock = std::chrono::steady_clock;
  constexpr std::chrono::hours century(24 * 365 * 100);
  if (after > century) return clock::time_point::max();
  if (after < -century) return clock::time_point::min();
  return clock::now() + std::chrono::ceil<clock::duration>(after);
}

/// A timer's wait.
class wait_operation : public operation {
 public:
  boost::system::error_code ec;
  const void* key = nullptr;  ///< Identifies it for its cancellation slot.

 protected:
  using operation::operation;
};

/// Timers in the order of their expiry: a heap. Not thread-safe.
class timer_queue {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// One timer. It does not move while it is in the queue.
  class timer {
   public:
    timer() = default;
    timer(const timer&) = delete;
    timer& operator=(const timer&) = delete;

   private:
    friend class timer_queue;
    static constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

    time_point when_{};
    std::size_t position_ = nowhere;
    operation_queue waits_;
  };

  /// @return Expiry of the earliest timer; `time_point::max()` if there is none.
  time_point earliest() const noexcept {
    return heap_.empty() ? time_point::max() : heap_.front()->when_;
  }

  /// Adds a wait. The expiry is the same for all of a timer's waits.
  /// @throws std::bad_alloc
  void add(timer& which, time_point when, wait_operation& wait) {
    if (which.position_ == timer::nowhere) {
      heap_.push_back(&which);
      which.when_ = when;
      which.position_ = heap_.size() - 1;
      sift_up(which.position_);
    }
    which.waits_.push(wait);
  }

  /// Takes out the timer and all its waits.
  operation_queue cancel(timer& which) noexcept {
    remove(which);
    return std::move(which.waits_);
  }

  /// Takes out the timer's first wait.
  operation_queue cancel_first(timer& which) noexcept {
    operation_queue taken;
    if (operation* const first = which.waits_.pop()) taken.push(*first);
    if (which.waits_.empty()) remove(which);
    return taken;
  }

  /// Takes out the wait with the key.
  operation_queue cancel(timer& which, const void* key) noexcept {
    operation_queue taken = which.waits_.take_if(
        [key](operation& op) { return static_cast<wait_operation&>(op).key == key; });
    if (which.waits_.empty()) remove(which);
    return taken;
  }

  /// Takes out all waits that have expired by `now`.
  operation_queue expire(time_point now) noexcept {
    operation_queue expired;
    while (!heap_.empty() && heap_.front()->when_ <= now) {
      timer& first = *heap_.front();
      remove(first);
      expired.append(std::move(first.waits_));
    }
    return expired;
  }

  /// Takes out all waits.
  operation_queue clear() noexcept { return expire(time_point::max()); }

 private:
  void remove(timer& which) noexcept {
    if (which.position_ == timer::nowhere) return;
    const std::size_t hole = std::exchange(which.position_, timer::nowhere);
    timer* const last = heap_.back();
    heap_.pop_back();
    if (last == &which) return;
    place(hole, last);
    sift_up(hole);
    sift_down(last->position_);
  }

  void place(std::size_t at, timer* what) noexcept {
    heap_[at] = what;
    what->position_ = at;
  }

  void sift_up(std::size_t at) noexcept {
    timer* const moved = heap_[at];
    while (at > 0) {
      const std::size_t parent = (at - 1) / 2;
      if (heap_[parent]->when_ <= moved->when_) break;
      place(at, heap_[parent]);
      at = parent;
    }
    place(at, moved);
  }

  void sift_down(std::size_t at) noexcept {
    timer* const moved = heap_[at];
    for (;;) {
      std::size_t child = 2 * at + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && heap_[child + 1]->when_ < heap_[child]->when_) ++child;
      if (moved->when_ <= heap_[child]->when_) break;
      place(at, heap_[child]);
      at = child;
    }
    place(at, moved);
  }

  std::vector<timer*> heap_;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_TIMER_QUEUE_H
