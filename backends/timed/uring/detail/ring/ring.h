// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_RING_RING_H
#define TIMED_URING_DETAIL_RING_RING_H

#include <liburing.h>

#include <chrono>
#include <optional>
#include <vector>

#include "timed/uring/detail/ring/kernel.h"
#include "timed/uring/detail/ring/ring_counters.h"
#include "timed/uring/options.h"

namespace timed::uring::detail {

/// A ring: its two queues, its flags, and the system calls on it. It does not know operations.
///
/// It is bound to the thread that enables it: in the mode `deferred` the kernel refuses calls on
/// other threads. These only destroy it, call `close_and_wait()` and then take what has completed;
/// a child process calls `abandon()`.
class ring {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// @param counters What it counts; outlives it.
  /// @throws boost::system::system_error with the kernel's error code; `what()` has the remedy.
  ring(kernel& kernel, const options& wanted, ring_counters& counters);
  ring(const ring&) = delete;
  ring& operator=(const ring&) = delete;
  ~ring();

  /// Binds the ring to the calling thread.
  /// @throws boost::system::system_error
  void enable();

  /// Has the kernel find the ring without looking it up among the thread's descriptors, if it
  /// supports that, until `unregister()`. Called by the thread that the ring is bound to.
  void register_with_thread() noexcept;
  void unregister() noexcept;

  /// Registers a file. Called by the thread that the ring is bound to.
  /// @return Its number in the ring; -1 if no number is left, or the kernel has no memory.
  int register_file(int descriptor) noexcept;
  /// Unregisters a file. No prepared entry may refer to it.
  void unregister_file(int number) noexcept;

  /// @return A free entry; null if there is none, and the kernel takes none either.
  io_uring_sqe* prepare() noexcept;

  /// @return Number of entries that are prepared and not submitted.
  unsigned prepared() const noexcept { return ring_.sq.sqe_tail - *ring_.sq.khead; }

  /// Returns whether completions are pending, which the next `enter()` reports. The answer may be
  /// stale: the kernel sets its flag after the completions, which may have been taken in between,
  /// and then the flag stays set until the next call.
  bool completions_pending() const noexcept {
    return (IO_URING_READ_ONCE(*ring_.sq.kflags) & IORING_SQ_TASKRUN) != 0 ||
           io_uring_cq_ready(&ring_) != 0;
  }

  /// Submits what is prepared, and collects completions. If there is none, waits for one.
  /// @param until How long to wait: `time_point::max()` without end, `time_point::min()` not at
  /// all.
  /// @return As io_uring_enter(2): -ETIME if the time has come, -EINTR, -EAGAIN, -EBUSY...
  int enter(time_point until) noexcept;

  /// Calls `function(cqe)` for each completion queue entry in memory.
  /// @return Number of entries.
  template <class Function>
  unsigned take_completions(Function function) {
    unsigned count = 0;
    unsigned head = 0;
    io_uring_cqe* cqe = nullptr;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      const io_uring_cqe copy = *cqe;
      ++count;
      function(copy);
    }
    io_uring_cq_advance(&ring_, count);
    counters_.completions.add(count);
    return count;
  }

  /// Returns whether `enter()` may have left completions in the kernel.
  /// @param taken Number of entries that followed it.
  bool may_have_more(unsigned taken) const noexcept;

  /// Closes the ring, and waits until the kernel uses nothing any more that was given to it. What
  /// was outstanding is cancelled, and not reported. May be called on any thread.
  void close_and_wait() noexcept;

  /// Called in a child process: releases its copy of the parent's ring. Afterwards `prepare()`
  /// returns null, and there are no completions.
  void abandon() noexcept;

  ring_mode mode() const noexcept { return mode_; }

 private:
  int open_on(ring_mode which) noexcept;
  int start_busy_polling() noexcept;
  int set_file(int number, int descriptor) noexcept;
  int enter_now(unsigned wait_for, unsigned flags, const void* argument, std::size_t size) noexcept;

  kernel& kernel_;
  ring_counters& counters_;
  options wanted_;
  io_uring ring_{};
  ring_mode mode_ = ring_mode::deferred;
  bool is_open_ = false;
  std::vector<int> free_files_;  // Numbers that no file has.
  bool is_registered_ = false;
  bool kernel_knows_absolute_timeouts_ = false;
  bool uses_absolute_timeouts_ = false;  // This thread's clock is the kernel's.
  bool waits_as_idle_ = false;           // Waits do not count as waits for a disk.
  int released_[2] = {-1, -1};           // A pipe. The kernel holds its writing end.
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_RING_RING_H
