// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The operations of a loop's sockets: their start, their results, their cancellation.

#include <liburing.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "timed/detail/always_inline.h"
#include "timed/detail/descriptor_calls.h"
#include "timed/uring/detail/loop/descriptor.h"
#include "timed/uring/detail/loop/loop.h"
#include "timed/uring/detail/operation/interpret_cqe.h"
#include "timed/uring/detail/ring/ring.h"

namespace timed::uring::detail {
namespace {

bool is_over_network(const request& connect) noexcept {
  return static_cast<const ::sockaddr*>(connect.data)->sa_family != AF_UNIX;
}

int poll_now(const descriptor& file, const request& wanted) noexcept {
  ::pollfd polled{.fd = file.number(), .events = wanted.events, .revents = 0};
  return ::poll(&polled, 1, 0) > 0 ? polled.revents : 0;
}

}  // namespace

// ---- Start

TIMED_ALWAYS_INLINE inline int loop::try_to_send(descriptor& target,
                                                 const request& wanted) noexcept {
  const ring& to = submissions_.get_ring();
  const bool is_idle = to.prepared() == 0 && ready_.empty() && !to.completions_pending();
  if (!send_policy_.prefers_send(is_idle)) return -EAGAIN;
  const ssize_t result =
      kernel_.send(target.number(), wanted.data, wanted.size, wanted.flags | MSG_NOSIGNAL);
  send_policy_.on_sent(to.completions_pending());
  return static_cast<int>(result);
}

// Tries the operation by a system call of its own, where that is cheaper than the ring.
// @return The operation's result; -EAGAIN if it has none yet.
TIMED_ALWAYS_INLINE inline int loop::try_at_once(descriptor& target, io_operation& op) noexcept {
  const request& wanted = op.wanted_;
  ssize_t result = -EAGAIN;
  if (wanted.what == request::kind::send && !submissions_.uses_zero_copy(op)) {
    result = try_to_send(target, wanted);
  } else if (wanted.what == request::kind::receive && target.read_policy().should_try()) {
    result = kernel_.receive(target.number(), wanted.data, wanted.size, wanted.flags);
    target.read_policy().tried(result != -EAGAIN, result == static_cast<ssize_t>(wanted.size));
  } else if (target.acceptor() != nullptr) {
    result = target.try_at_acceptor(wanted);
  }
  return result == -EINTR ? -EAGAIN : static_cast<int>(result);
}

// An operation that completes at once needs no reference to its descriptor. It is not cancelled:
// what was cancelled was started before it.
void loop::start(io_operation& op) noexcept {
  descriptor& target = *op.target_;
  if (!is_running_here()) [[unlikely]] {
    work_.start_elsewhere();
    target.add_ref();
    return wakeup_.push(op);
  }
  work_.start_here();
  operations_.add();
  take_incoming();  // What was started earlier comes first.
  if (target.lane(op.wanted_.in).empty()) [[likely]] {
    op.result_ = is_shut_down_ ? -ECANCELED : try_at_once(target, op);
    if (op.result_ != -EAGAIN) [[likely]]
      return ready_.push(op);
  }
  enqueue(op);
}

// The operation is in its lane until it completes.
void loop::enqueue(io_operation& op) noexcept {
  TIMED_URING_ASSERT(op.place_ == io_operation::place::queued);
  descriptor& target = *op.target_;
  target.add_ref_in_loop();
  operation_queue& lane = target.lane(op.wanted_.in);
  const bool is_first = lane.empty();
  lane.push(op);
  if (is_first) begin(op);
}

void loop::dispatch_all_incoming() noexcept {
  operation_queue all = wakeup_.take_all();
  while (operation* const op = all.pop()) dispatch_incoming(*op);
}

void loop::dispatch_incoming(operation& op) noexcept {
  switch (op.arrival_) {
    case operation::arrival::handler:
      return ready_.push(op);
    case operation::arrival::command:
      return op.complete();
    case operation::arrival::start:
      break;
  }
  operations_.add();
  auto& started = static_cast<io_operation&>(op);
  descriptor& target = *started.target_;
  target.move_ref_to_loop();
  operation_queue& lane = target.lane(started.wanted_.in);
  const bool is_first = lane.empty();
  lane.push(started);
  if (is_first) start_next(lane);
}

void loop::command(operation& command) noexcept {
  if (!is_running_here()) return wakeup_.push(command);
  take_incoming();
  command.complete();
}

void loop::start_next(operation_queue& lane) noexcept {
  TIMED_URING_ASSERT(may_change());
  while (auto* const op = static_cast<io_operation*>(lane.front())) {
    TIMED_URING_ASSERT(op->place_ == io_operation::place::queued);
    const bool is_cancelled = is_shut_down_ || op->target_->has_cancelled(*op);
    const int result = is_cancelled ? -ECANCELED : try_at_once(*op->target_, *op);
    if (result == -EAGAIN) return begin(*op);
    const bool is_last = operation_queue::after(*op) == nullptr;
    (void)lane.pop();
    complete_operation(*op, result);  // The descriptor may end with its last operation.
    if (is_last) return;
  }
}

// The operation is the first of its lane.
void loop::begin(io_operation& op) noexcept {
  descriptor& target = *op.target_;
  if (target.acceptor() == nullptr || !target.leave_to_acceptor(op)) submissions_.submit(op);
}

// ---- Results

unsigned loop::take_completions() noexcept {
  return submissions_.get_ring().take_completions(
      [this](const io_uring_cqe& each) { on_completion(each); });
}

void loop::on_completion(const io_uring_cqe& entry) noexcept {
  if (entry.user_data == submissions::cancel_user_data) {
    return submissions_.on_cancel_completed(entry.res);
  }
  if (entry.user_data == wakeup::user_data) {
    TIMED_URING_ASSERT(wakeup_.is_armed());
    return wakeup_.disarm();
  }
  auto& op = *reinterpret_cast<io_operation*>(entry.user_data);
  TIMED_URING_ASSERT(may_change());
  TIMED_URING_ASSERT(op.place_ == io_operation::place::in_kernel);
  const bool has_more = (entry.flags & IORING_CQE_F_MORE) != 0;
  if (op.is_multishot_) [[unlikely]] {
    op.result_ = entry.res;
    if (!has_more) submissions_.remove(op);
    return op.complete();
  }
  if ((entry.flags & IORING_CQE_F_NOTIF) != 0) {
    TIMED_URING_ASSERT(op.buffer_in_use_);
    op.buffer_in_use_ = false;
    on_result(op, op.result_, 0);
  } else if (has_more && op.is_poll()) {
    on_poll_event(op, entry.res);
  } else if (has_more) {  // The result of a send whose buffer is still in use.
    TIMED_URING_ASSERT(!op.buffer_in_use_ && submissions_.uses_zero_copy(op));
    op.buffer_in_use_ = true;
    op.result_ = entry.res;
    if (entry.res > 0 && (op.target_->is_closing() || is_shut_down_)) reset(*op.target_);
  } else {
    on_result(op, entry.res, entry.flags);
  }
}

// A multishot poll has found a change, and goes on. Before Linux 6.1 it may lose an event that
// comes right after another one, so poll(2) decides.
void loop::on_poll_event(io_operation& op, int events) noexcept {
  if (op.found_ready_) return;
  if (!op.wanted_.is_ready(events)) events = poll_now(*op.target_, op.wanted_);
  if (!op.wanted_.is_ready(events)) return;
  op.found_ready_ = true;
  op.result_ = events;
  (void)submissions_.cancel(op);
}

void loop::on_result(io_operation& op, int result, unsigned flags) noexcept {
  submissions_.remove(op);
  if (std::exchange(op.found_ready_, false)) result = op.result_;
  descriptor& target = *op.target_;
  const request& wanted = op.wanted_;
  const bool is_ready = !op.is_poll() || wanted.is_ready(result);
  const bool was_polling = std::exchange(op.is_polling_, false);
  if (wanted.what == request::kind::connect && result >= 0 &&
      (was_polling || is_over_network(wanted))) {
    // The ring may report success although an ICMP error has ended the attempt.
    result = -timed::detail::connect_result(target.number()).value();
  }
  const bool is_cancelled = op.is_cancelled_ || is_shut_down_ || target.has_cancelled(op);
  const cqe_outcome outcome = interpret_cqe({.what = wanted.what,
                                             .was_polling = was_polling,
                                             .is_ready = is_ready,
                                             .is_cancelled = is_cancelled,
                                             .has_polled = op.has_polled_,
                                             .may_block = op.may_block_,
                                             .is_restarted = op.is_restarted_,
                                             .is_zero_copy = submissions_.uses_zero_copy(op),
                                             .reports_aborted = target.reports_aborted()},
                                            result);
  if (outcome.then != cqe_outcome::action::complete) [[unlikely]] {
    const bool polls_multishot = outcome.then == cqe_outcome::action::poll_multishot;
    op.is_polling_ = outcome.then == cqe_outcome::action::poll || (polls_multishot && was_polling);
    op.polls_multishot_ |= polls_multishot;
    op.has_polled_ |= was_polling && is_ready;
    op.may_block_ |= outcome.blocks;
    op.is_restarted_ |= outcome.is_restarted;
    if (outcome.copies) {
      op.zero_copy_allowed_ = false;
      copied_sends_.add();
    }
    return submissions_.submit(op);
  }
  if (!is_cancelled) {
    if (wanted.is_write()) send_policy_.on_ring_write();
    if (wanted.is_read()) {
      const bool more_input = outcome.result > 0 && (flags & IORING_CQE_F_SOCK_NONEMPTY) != 0;
      target.read_policy().completed(more_input);
    }
  }
  finish(op, outcome.result);
}

void loop::finish(io_operation& op, int result) noexcept {
  TIMED_URING_ASSERT(may_change());
  TIMED_URING_ASSERT(op.place_ == io_operation::place::queued);
  if (op.is_multishot_) [[unlikely]] {
    op.result_ = result;
    return op.complete();
  }
  operation_queue& lane = op.target_->lane(op.wanted_.in);
  operation* const front = lane.pop();
  TIMED_URING_ASSERT(front == &op);
  (void)front;
  const bool is_last = lane.empty();
  complete_operation(op, result);  // The descriptor may end with its last operation.
  if (!is_last) start_next(lane);
}

void loop::complete_operation(io_operation& op, int result) noexcept {
  TIMED_URING_ASSERT(op.place_ == io_operation::place::queued && op.target_ != nullptr);
  op.result_ = result;
  ready_.push(op);
  std::exchange(op.target_, nullptr)->release_in_loop();
}

// ---- Cancellation

void loop::cancel(io_operation& op) noexcept {
  TIMED_URING_ASSERT(may_change());
  TIMED_URING_ASSERT(op.place_ != io_operation::place::queued);
  if (is_orphan_ && op.place_ == io_operation::place::in_kernel) [[unlikely]] {
    submissions_.remove(op);  // Its completion goes to the parent process only.
    const bool has_sent = std::exchange(op.buffer_in_use_, false) && op.result_ > 0;
    return finish(op, has_sent ? op.result_ : -ECANCELED);
  }
  if (std::exchange(op.is_cancelled_, true)) return;
  if (!submissions_.cancel(op)) finish(op, -ECANCELED);
}

// The kernel uses the buffers of a zero-copy send until the peer has acknowledged it, which may
// never happen. Without the connection there is nothing to acknowledge.
void loop::reset_if_buffer_in_use(descriptor& file) noexcept {
  if (is_orphan_) return;
  const auto* const op = static_cast<const io_operation*>(file.lane(request::lane::write).front());
  if (op != nullptr && op->buffer_in_use_ && op->result_ > 0) reset(file);
}

void loop::reset(const descriptor& file) noexcept {
  (void)timed::detail::disconnect(file.number());
}

void loop::unregister(descriptor& file) noexcept {
  submissions_.files().remove(submissions_.get_ring(), file);
}

}  // namespace timed::uring::detail
