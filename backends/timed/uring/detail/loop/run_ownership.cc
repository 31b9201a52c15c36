// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/loop/run_ownership.h"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <thread>

namespace timed::uring::detail {

// A single counter for the process, even if several of its shared libraries contain this file.
struct thread_numbers {
  [[gnu::visibility("default")]] inline static std::atomic<std::uint64_t> last = 0;
};

std::uint64_t run_ownership::number_of_this_thread() noexcept {
  thread_local const std::uint64_t mine = ++thread_numbers::last;
  return mine;
}

void run_ownership::acquire() {
  for (use now = use::none;
       !use_.compare_exchange_weak(now, use::running, std::memory_order_acq_rel); now = use::none) {
    if (now == use::running) {
      throw boost::system::system_error(
          boost::asio::error::already_started,
          "timed::uring::io_context: another thread is running it. A ring belongs to one thread: "
          "run a context of its own on each, and give each connection to one of them");
    }
    std::this_thread::yield();  // A loop is borrowed for a short time.
  }
}

bool run_ownership::try_borrow() noexcept {
  if (!may_borrow()) return false;
  use now = use::none;
  if (!use_.compare_exchange_strong(now, use::borrowed, std::memory_order_acq_rel)) return false;
  if (may_borrow()) return true;  // Another thread may have run the loop in between.
  release();
  return false;
}

void run_ownership::capture_exception() noexcept {
  TIMED_URING_ASSERT(is_held_here() && std::current_exception() != nullptr);
  frame* here = innermost_;
  while (here->owned != this) here = here->outer;
  here->has_captured_several = here->captured != nullptr;
  if (!here->captured) here->captured = std::current_exception();
}

void run_ownership::on_forked() noexcept {
  unbind();
  use_.store(is_held_here() ? use::running : use::none, std::memory_order_relaxed);
}

}  // namespace timed::uring::detail
