// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The change of a loop's thread, fork(2), and the end.

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "timed/uring/detail/loop/descriptor.h"
#include "timed/uring/detail/loop/loop.h"
#include "timed/uring/detail/loop/loop_errors.h"
#include "timed/uring/detail/ring/ring.h"

namespace timed::uring::detail {
namespace {

using namespace std::chrono_literals;

}  // namespace

void throw_orphaned() {
  throw boost::system::system_error(
      net::error::bad_descriptor,
      "timed::uring::io_context: fork(2) has made this process, and its ring is the parent's. Call "
      "notify_fork() of the context: with fork_prepare before the fork, with fork_parent and "
      "fork_child after it");
}

// ---- The change of thread

void loop::bind_to_this_thread() {
  if (ownership_.is_bound_here()) return;
  if (is_orphan_) throw_orphaned();
  if (ownership_.is_bound()) move_to_this_thread();
  TIMED_URING_ASSERT(is_running_here() && !ownership_.is_bound());
  submissions_.get_ring().enable();
  ownership_.bind_here();
}

// What has completed is in memory. The rest is cancelled when the ring is closed, and started again
// on the new one.
void loop::move_to_this_thread() {
  for (auto* op = submissions_.in_kernel().first(); op != nullptr;
       op = io_operation_list::after(*op)) {
    if (!submissions_.uses_zero_copy(*op)) continue;
    // The kernel would keep the ring until the peer has acknowledged, which may need this thread.
    throw boost::system::system_error(
        net::error::in_progress,
        "timed::uring::io_context: a write without a copy is outstanding (zero_copy_from), with "
        "which it cannot change threads. Run it where it ran before until that has completed");
  }
  auto other = submissions_.make_ring();
  take_completions();
  submissions_.get_ring().close_and_wait();
  ownership_.unbind();
  restart_all(submissions_.replace_ring(std::move(other)));
}

// @param begun The operations that the ring before this one had.
void loop::restart_all(io_operation_list begun) noexcept {
  TIMED_URING_ASSERT(may_change());
  TIMED_URING_ASSERT(submissions_.in_kernel().empty() && submissions_.files().empty());
  wakeup_.disarm();
  while (io_operation* const op = begun.first()) {
    begun.remove(*op);
    op->move_to(io_operation::place::queued);
    op->found_ready_ = false;
    if (std::exchange(op->buffer_in_use_, false) && op->result_ > 0) {
      finish(*op, op->result_);
    } else if (op->is_cancelled_ || op->is_multishot_) {
      finish(*op, -ECANCELED);  // The next one of its lane may begin.
    } else {
      op->is_restarted_ = true;
      submissions_.submit_later(*op);
    }
  }
}

// ---- fork(2)

void loop::notify_fork(net::execution_context::fork_event event) {
  if (event != net::execution_context::fork_child) return;
  auto other = submissions_.make_ring();
  wakeup_.reopen();
  submissions_.get_ring().abandon();
  ownership_.unbind();
  is_orphan_ = false;
  restart_all(submissions_.replace_ring(std::move(other)));
  if (is_running_here()) bind_to_this_thread();
}

// What the ring was given is not this process's, and the other threads do not exist in it.
void loop::on_forked() noexcept {
  submissions_.get_ring().abandon();
  is_orphan_ = true;
  wakeup_.stay_awake();
  ownership_.on_forked();
}

// ---- The end

void loop::shutdown() {
  is_shut_down_ = true;
  take_incoming();
  for (auto* op = submissions_.in_kernel().first(); op != nullptr;
       op = io_operation_list::after(*op)) {
    if (submissions_.uses_zero_copy(*op) && !is_orphan_) reset(*op->target_);
  }
  if (ownership_.is_bound_here()) cancel_all_and_wait();
  if (!submissions_.in_kernel().empty() || !submissions_.files().empty()) {
    take_completions();
    submissions_.get_ring().close_and_wait();
    submissions_.files().drop_all();
  }
  for (io_operation_list* list : {&submissions_.in_kernel(), &submissions_.waiting()}) {
    while (io_operation* const op = list->first()) {
      list->remove(*op);
      op->move_to(io_operation::place::queued);
      finish(*op, -ECANCELED);
    }
  }
  // Destroying a handler may post, start, cancel and close.
  ready_.append(timers_.clear());
  for (take_incoming(); !ready_.empty(); take_incoming()) {
    while (operation* const op = ready_.pop()) op->destroy();
    ready_.append(timers_.clear());
  }
}

// On the ring's own thread, which the kernel reports the completions to.
void loop::cancel_all_and_wait() noexcept {
  run_ownership::frame here;
  ownership_.enter(here);
  const time_point give_up = clock::now() + 10s;
  // Cancelling moves an operation to the front. A lane's next operation may begin meanwhile.
  io_operation_list& begun = submissions_.in_kernel();
  const auto cancel_all = [&] {
    for (auto* op = begun.last(); op != nullptr && !op->is_cancelled_; op = begun.last()) {
      cancel(*op);
    }
  };
  cancel_all();
  while (!begun.empty() && clock::now() < give_up) {
    submissions_.retry_cancellations();
    const int result = submissions_.get_ring().enter(clock::now() + 10 * retry_delay);
    take_completions();
    if (result == -EAGAIN || result == -ENOMEM) std::this_thread::sleep_for(retry_delay);
    cancel_all();
  }
  if (begun.empty()) submissions_.files().remove_all(submissions_.get_ring());
  ownership_.leave(here);
}

}  // namespace timed::uring::detail
