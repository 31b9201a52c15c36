// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_WORK_COUNT_H
#define TIMED_URING_DETAIL_LOOP_WORK_COUNT_H

#include <atomic>
#include <utility>

#include "timed/uring/detail/operation/assert.h"

namespace timed::uring::detail {

/// Amount of outstanding work, for which a loop keeps running.
///
/// The loop's owner counts without an atomic read-modify-write, in a number of its own. That is
/// added to the common number by `fold()`, before the owner sleeps or gives the loop up; until then
/// other threads may see too much or too little, but the sum is exact.
class work_count {
 public:
  /// @name Called by the loop's owner.
  /// @{
  void start_here() noexcept { ++own_; }
  void finish_here() noexcept { --own_; }

  /// Makes the number exact for all threads.
  /// @return The number.
  long fold() noexcept {
    const long own = std::exchange(own_, 0);
    const long sum = own == 0 ? common_.load(std::memory_order_acquire)
                              : common_.fetch_add(own, std::memory_order_acq_rel) + own;
    TIMED_URING_ASSERT(sum >= 0);
    return sum;
  }

  /// Returns whether there is none, by a sequentially consistent load.
  bool is_zero() const noexcept { return common_.load(std::memory_order_seq_cst) + own_ == 0; }
  /// @}

  /// @name Called by any thread.
  /// @{
  void start_elsewhere() noexcept { common_.fetch_add(1, std::memory_order_relaxed); }

  /// @return Whether that was the last, as far as other threads can see.
  bool finish_elsewhere() noexcept { return common_.fetch_sub(1, std::memory_order_seq_cst) == 1; }

  /// Returns whether there is none; exact if no thread owns the loop.
  bool is_zero_if_folded() const noexcept { return common_.load(std::memory_order_seq_cst) == 0; }
  /// @}

 private:
  std::atomic<long> common_ = 0;
  long own_ = 0;  // What the owner has started, less what it has finished, since the last fold.
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_WORK_COUNT_H
