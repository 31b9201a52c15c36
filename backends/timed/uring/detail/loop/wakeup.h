// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_WAKEUP_H
#define TIMED_URING_DETAIL_LOOP_WAKEUP_H

#include <cstdint>

#include "timed/uring/detail/operation/mpsc_queue.h"
#include "timed/uring/detail/operation/operation.h"

struct io_uring_sqe;

namespace timed::uring::detail {

/// What reaches a loop from other threads: operations, by a queue, and a call to wake up, by an
/// eventfd for which a read is in the ring.
///
/// The queue's one atomic word also says whether the loop sleeps. The thread that finds it asleep
/// wakes it, and no other thread makes a system call.
class wakeup {
 public:
  /// User data of the read's completion queue entry.
  static constexpr std::uint64_t user_data = 1;

  /// @throws boost::system::system_error if no eventfd can be made.
  wakeup();
  wakeup(const wakeup&) = delete;
  wakeup& operator=(const wakeup&) = delete;
  /// Does not destroy queued operations.
  ~wakeup();

  /// @name Called by any thread.
  /// @{
  /// Adds an operation, and wakes the loop.
  void push(operation& op) noexcept {
    if (queue_.push(op)) signal();
  }
  /// Wakes the loop if it is marked as asleep. A loop that marks itself afterwards checks for
  /// changes before it sleeps.
  void interrupt() noexcept {
    if (queue_.wake_up()) signal();
  }
  /// @}

  /// @name Called by the loop's owner.
  /// @{
  bool has_operations() const noexcept { return !queue_.empty(); }
  /// Takes all operations, in their order. The loop is awake then.
  operation_queue take_all() noexcept { return queue_.take_all(); }

  /// From here on, other threads see the loop asleep and wake it.
  /// @return False if an operation has arrived; the loop is awake then.
  bool fall_asleep() noexcept { return queue_.fall_asleep(); }
  /// Marks the loop as awake.
  void stay_awake() noexcept { (void)queue_.wake_up(); }

  /// Whether the ring has the read, without which the loop must not sleep for long.
  bool is_armed() const noexcept { return is_armed_; }
  /// Fills the entry with the read.
  void arm(io_uring_sqe& entry) noexcept;
  /// The read has completed, or the ring is closed.
  void disarm() noexcept { is_armed_ = false; }

  /// In a child process: makes an eventfd of its own, in place of the parent's.
  /// @throws boost::system::system_error
  void reopen();
  /// @}

 private:
  void signal() noexcept;

  mpsc_queue queue_;
  int event_;
  bool is_armed_ = false;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_WAKEUP_H
