// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/loop/submissions.h"

#include <liburing.h>

#include "timed/uring/detail/loop/descriptor.h"
#include "timed/uring/detail/operation/prepare_sqe.h"
#include "timed/uring/detail/ring/ring.h"

namespace timed::uring::detail {

submissions::submissions(kernel& kernel, const options& wanted)
    : kernel_(kernel),
      wanted_(wanted),
      ring_(make_ring()),
      mode_(ring_->mode()),
      files_(wanted.registered_files) {}

submissions::~submissions() = default;

void submissions::submit(io_operation& op) noexcept {
  io_uring_sqe* const entry = waiting_.empty() ? ring_->prepare() : nullptr;
  if (entry != nullptr) return put(*entry, op);
  may_have_unsubmitted_write_ = true;
  submit_later(op);
}

void submissions::submit_later(io_operation& op) noexcept {
  op.move_to(io_operation::place::waiting);
  waiting_.push(op);
}

void submissions::submit_waiting() noexcept {
  while (io_operation* const op = waiting_.first()) {
    io_uring_sqe* const entry = ring_->prepare();
    if (entry == nullptr) return;
    waiting_.remove(*op);
    put(*entry, *op);
  }
}

void submissions::put(io_uring_sqe& entry, io_operation& op) noexcept {
  op.move_to(io_operation::place::in_kernel);
  in_kernel_.push(op);
  descriptor& target = *op.target_;
  files_.count(*ring_, target);
  const bool is_registered = target.ring_number() != descriptor::unregistered;
  prepare_sqe(entry, op.wanted_,
              {.file = is_registered ? target.ring_number() : target.number(),
               .is_registered = is_registered,
               .polls_only = op.is_polling_,
               .polls_multishot = op.polls_multishot_,
               .may_block = op.may_block_,
               .polls_first = !target.read_policy().expects_input(),
               .zero_copy = uses_zero_copy(op)});
  ::io_uring_sqe_set_data(&entry, &op);
  if (op.is_polling_) return;
  if (op.wanted_.is_write()) {
    has_prepared_write_ = may_have_unsubmitted_write_ = true;
  } else if (op.wanted_.what == request::kind::connect) {
    may_have_unsubmitted_write_ = true;
  }
}

bool submissions::cancel(io_operation& op) noexcept {
  TIMED_URING_ASSERT(op.needs_cancellation());
  if (op.place_ == io_operation::place::in_kernel) {
    in_kernel_.remove(op);
    in_kernel_.push_front(op);
    if (!op.buffer_in_use_) submit_cancellation(op);
    return true;
  }
  if (op.place_ == io_operation::place::waiting) waiting_.remove(op);
  op.move_to(io_operation::place::queued);
  return false;
}

void submissions::submit_cancellation(io_operation& op) noexcept {
  io_uring_sqe* const entry = ring_->prepare();
  if (entry == nullptr) {
    has_cancels_to_retry_ = true;
    return;
  }
  ::io_uring_prep_cancel(entry, &op, 0);
  ::io_uring_sqe_set_data64(entry, cancel_user_data);
}

void submissions::retry_cancellations() noexcept {
  if (!has_cancels_to_retry_) return;
  has_cancels_to_retry_ = false;
  for (auto* op = in_kernel_.first();
       op != nullptr && op->needs_cancellation() && !has_cancels_to_retry_;
       op = io_operation_list::after(*op)) {
    if (!op->buffer_in_use_) submit_cancellation(*op);
  }
}

bool submissions::has_unsubmitted() const noexcept {
  return ring_->prepared() != 0 || !waiting_.empty();
}

std::unique_ptr<ring> submissions::make_ring() {
  return std::make_unique<ring>(kernel_, wanted_, counters_);
}

io_operation_list submissions::replace_ring(std::unique_ptr<ring> other) noexcept {
  TIMED_URING_ASSERT(other->prepared() == 0);
  ring_ = std::move(other);
  mode_.store(ring_->mode(), std::memory_order_relaxed);
  replaced_rings_.add();
  has_cancels_to_retry_ = false;
  may_have_unsubmitted_write_ = true;
  files_.drop_all();
  return std::exchange(in_kernel_, io_operation_list());
}

}  // namespace timed::uring::detail
