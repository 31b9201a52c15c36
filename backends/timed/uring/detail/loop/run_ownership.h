// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_RUN_OWNERSHIP_H
#define TIMED_URING_DETAIL_LOOP_RUN_OWNERSHIP_H

#include <atomic>
#include <cstdint>
#include <exception>

#include "timed/uring/detail/operation/assert.h"

namespace timed::uring::detail {

/// Which thread owns a loop, and which thread its ring is bound to.
///
/// A thread owns the loop while it runs or borrows it; at most one thread owns it. A thread may
/// borrow the loop for a moment, such as to cancel, while no thread owns it, and if the ring is
/// bound to that thread or to none.
class run_ownership {
 public:
  /// A call on a thread's stack that runs or borrows a loop. A handler may run its own loop again,
  /// or another one, so a thread may have several.
  struct frame {
    const run_ownership* owned = nullptr;
    frame* outer = nullptr;
    std::exception_ptr captured = nullptr;  ///< The first one, for run() to throw.
    bool has_captured_several = false;
  };

  /// Whether this thread owns the loop.
  bool is_held_here() const noexcept {
    for (const frame* each = innermost_; each != nullptr; each = each->outer) {
      if (each->owned == this) return true;
    }
    return false;
  }
  /// Whether some thread owns it.
  bool is_held() const noexcept { return use_.load(std::memory_order_seq_cst) != use::none; }
  /// Whether some thread runs it.
  bool is_running() const noexcept { return use_.load(std::memory_order_acquire) == use::running; }

  /// Makes this thread run the loop. Waits while another one borrows it.
  /// @throws boost::system::system_error with `already_started` if another thread runs it.
  void acquire();

  /// Borrows the loop, if no thread owns it, and the ring is bound to this thread or to none.
  /// @return Whether this thread owns the loop now.
  bool try_borrow() noexcept;

  /// Gives the loop up.
  void release() noexcept {
    TIMED_URING_ASSERT(is_held());
    use_.store(use::none, std::memory_order_seq_cst);
  }

  /// Makes `is_held_here()` true, until `leave()`. The thread has acquired or borrowed the loop.
  void enter(frame& here) noexcept {
    here.owned = this;
    here.outer = innermost_;
    innermost_ = &here;
  }
  void leave(const frame& here) noexcept {
    TIMED_URING_ASSERT(innermost_ == &here && here.owned == this);
    innermost_ = here.outer;
  }

  /// Keeps the exception that is being handled for the innermost frame of this loop on this thread.
  /// Precondition: `is_held_here()`.
  void capture_exception() noexcept;

  /// @name The thread that the ring is bound to
  /// Changed by the owner only.
  /// @{
  bool is_bound() const noexcept { return bound_to_.load(std::memory_order_relaxed) != 0; }
  bool is_bound_here() const noexcept {
    return bound_to_.load(std::memory_order_relaxed) == number_of_this_thread();
  }
  void bind_here() noexcept { bound_to_.store(number_of_this_thread(), std::memory_order_relaxed); }
  void unbind() noexcept { bound_to_.store(0, std::memory_order_relaxed); }
  /// @}

  /// In a child process: the other threads do not exist, and the ring is bound to none.
  void on_forked() noexcept;

 private:
  enum class use : std::uint8_t { none, borrowed, running };

  // Threads are numbered, since the system reuses its identifiers.
  static std::uint64_t number_of_this_thread() noexcept;

  bool may_borrow() const noexcept { return !is_bound() || is_bound_here(); }

  // Visible, so that libraries that are compiled with hidden visibility share it.
  [[gnu::visibility("default")]] inline static thread_local constinit frame* innermost_ = nullptr;

  std::atomic<use> use_ = use::none;
  std::atomic<std::uint64_t> bound_to_ = 0;  // A thread's number; 0 if none.
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_RUN_OWNERSHIP_H
