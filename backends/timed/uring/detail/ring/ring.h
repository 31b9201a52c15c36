// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_RING_RING_H
#define TIMED_URING_DETAIL_RING_RING_H

#include <liburing.h>

#include <chrono>
#include <optional>
#include <vector>

#include "timed/uring/detail/ring/kernel.h"
#include "timed/uring/options.h"

namespace timed::uring::detail {

/// A ring: its two queues, what it was set up with, and its end.
///
/// It is bound to the thread that enables it: what others ask of the kernel by it fails. They may
/// call the destructor and `close_and_wait()`.
class ring {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// @throws boost::system::system_error with the kernel's code, and what can be done about it.
  ring(kernel& kernel, const options& wanted);
  ring(const ring&) = delete;
  ring& operator=(const ring&) = delete;
  ~ring();

  /// Binds the ring to the calling thread.
  /// @throws boost::system::system_error
  void enable();

  /// Has the kernel find the ring without looking it up in the thread's descriptors, if it can,
  /// until `unregister()`. Called by the thread that it is bound to.
  void register_with_thread() noexcept;
  void unregister() noexcept;

  /// Has the kernel know a file by a number of the ring's own. Called by the thread that the ring
  /// is bound to.
  /// @return The number; -1 if it has none left, or the kernel no memory.
  int register_file(int descriptor) noexcept;
  /// Nothing that is prepared may refer to it.
  void unregister_file(int number) noexcept;

  /// @return An entry to fill in; null if there is none, and nothing can be submitted either.
  io_uring_sqe* prepare() noexcept;

  /// @return How many entries have been filled in, and not yet been submitted.
  unsigned prepared() const noexcept { return io_uring_sq_ready(&ring_); }

  /// @return Whether something has happened that the next enter() will report, whatever else it
  ///     does. It may say so with nothing behind it, and go on saying it: the kernel sets its flag
  ///     after the work that it stands for, which may have been done in between.
  bool completions_pending() const noexcept {
    return (IO_URING_READ_ONCE(*ring_.sq.kflags) & IORING_SQ_TASKRUN) != 0 ||
           io_uring_cq_ready(&ring_) != 0;
  }

  /// Submits what is prepared, and has completions happen; if there is none, waits for one.
  /// @param until No longer than this; `time_point::max()` for ever, `time_point::min()` not at
  /// all.
  /// @return What io_uring_enter(2) does: -ETIME if the time has come, -EINTR, -EAGAIN, -EBUSY...
  int enter(time_point until) noexcept;

  /// Calls `function(cqe)` for each completion that there is.
  /// @return How many those were.
  template <class Function>
  unsigned take_completions(Function function) {
    unsigned count = 0;
    unsigned head;
    io_uring_cqe* cqe;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      const io_uring_cqe copy = *cqe;
      ++count;
      function(copy);
    }
    io_uring_cq_advance(&ring_, count);
    return count;
  }

  /// @return Whether there may be completions that enter() has left in the kernel.
  bool may_have_more(unsigned taken) const noexcept;

  /// Ends the ring, and waits until the kernel has let go of everything that was given to it. What
  /// was outstanding is cancelled and not reported. May be called on any thread.
  void close_and_wait() noexcept;

  /// In a child process: lets go of what is the parent's. After that nothing can be prepared, and
  /// there are no completions.
  void abandon() noexcept;

  ring_mode mode() const noexcept { return mode_; }

 private:
  int open_on(ring_mode which) noexcept;
  int start_busy_polling() noexcept;
  int set_file(int number, int descriptor) noexcept;
  int enter_now(unsigned wait_for, unsigned flags, const void* argument, std::size_t size) noexcept;

  kernel& kernel_;
  options wanted_;
  io_uring ring_{};
  ring_mode mode_ = ring_mode::deferred;
  bool is_open_ = false;
  std::vector<int> free_files_;  // their numbers
  bool is_registered_ = false;
  bool knows_absolute_timeouts_ = false;  // the kernel does
  bool uses_absolute_timeouts_ = false;   // as this thread's clock is the kernel's
  bool waits_as_idle_ = false;            // and not as for a disk
  int released_[2] = {-1, -1};  // a pipe: the kernel holds the end of it that is written to
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_RING_RING_H
