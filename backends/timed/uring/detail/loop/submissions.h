// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_SUBMISSIONS_H
#define TIMED_URING_DETAIL_LOOP_SUBMISSIONS_H

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "timed/detail/counter.h"
#include "timed/uring/detail/loop/registered_files.h"
#include "timed/uring/detail/operation/io_operation.h"
#include "timed/uring/detail/ring/kernel.h"
#include "timed/uring/detail/ring/ring_counters.h"
#include "timed/uring/options.h"

struct io_uring_sqe;

namespace timed::uring::detail {

class descriptor;
class ring;

/// A loop's ring, and the operations that are submitted to it: those that wait for a free entry,
/// and those that the kernel has. Used on the loop's thread only, except where noted.
///
/// Invariant: an operation is in the list that its `place` names. In the list of those that the
/// kernel has, those that have to be cancelled come first, so that finding them does not take
/// longer if many other operations are outstanding.
class submissions {
 public:
  /// User data of a cancellation's completion queue entry.
  static constexpr std::uint64_t cancel_user_data = 2;

  /// @throws boost::system::system_error if there is no io_uring.
  submissions(kernel& kernel, const options& wanted);
  submissions(const submissions&) = delete;
  submissions& operator=(const submissions&) = delete;
  ~submissions();

  ring& get_ring() noexcept { return *ring_; }

  /// @name Called by any thread.
  /// @{
  ring_mode mode() const noexcept { return mode_.load(std::memory_order_relaxed); }
  const ring_counters& counters() const noexcept { return counters_; }
  std::uint64_t replaced_rings() const noexcept { return replaced_rings_.value(); }
  /// @}
  const ring& get_ring() const noexcept { return *ring_; }

  /// Fills an entry of the ring for an operation. If no entry is free, adds the operation to the
  /// list of those that wait for one.
  void submit(io_operation& op) noexcept;

  /// Fills entries for operations of that list, in their order, as long as an entry is free.
  void submit_waiting() noexcept;
  /// Adds an operation that was submitted to another ring to that list.
  void submit_later(io_operation& op) noexcept;

  /// Cancels an operation that was submitted and is marked as cancelled, or the multishot poll of
  /// one that has found the file ready.
  /// @return Whether its completion queue entry follows. Otherwise the kernel does not have it yet,
  ///     and it is removed from the list of those that wait for an entry.
  bool cancel(io_operation& op) noexcept;

  /// Submits again each cancellation that found no free entry or had no effect. It is harmless to
  /// cancel an operation twice.
  void retry_cancellations() noexcept;
  void on_cancel_completed(int result) noexcept {
    // The operation has completed, or the kernel has missed the cancellation.
    if (result < 0) has_cancels_to_retry_ = true;
  }

  /// Takes out an operation that the kernel has completed.
  void remove(io_operation& op) noexcept {
    in_kernel_.remove(op);
    op.move_to(io_operation::place::queued);
  }

  /// Whether the next system call submits everything.
  bool fits_in_ring() const noexcept { return waiting_.empty() && !has_cancels_to_retry_; }
  /// Whether something has not been submitted.
  bool has_unsubmitted() const noexcept;

  /// Whether a write was prepared since the last call of this function. A write usually completes
  /// as soon as it is submitted.
  bool take_prepared_write() noexcept { return std::exchange(has_prepared_write_, false); }
  /// Whether a write or a connect may not have been submitted.
  bool may_have_unsubmitted_write() const noexcept { return may_have_unsubmitted_write_; }
  /// The kernel was entered.
  void on_entered() noexcept {
    if (may_have_unsubmitted_write_) may_have_unsubmitted_write_ = has_unsubmitted();
  }

  bool uses_zero_copy(const io_operation& op) const noexcept {
    return op.wanted_.what == request::kind::send && op.wanted_.size >= wanted_.zero_copy_from &&
           op.zero_copy_allowed_;
  }

  io_operation_list& in_kernel() noexcept { return in_kernel_; }
  const io_operation_list& in_kernel() const noexcept { return in_kernel_; }
  io_operation_list& waiting() noexcept { return waiting_; }
  registered_files& files() noexcept { return files_; }

  /// Sets up another ring.
  /// @throws boost::system::system_error
  std::unique_ptr<ring> make_ring();
  /// Goes on with another ring, which has nothing yet.
  /// @return The operations that the previous ring had.
  io_operation_list replace_ring(std::unique_ptr<ring> other) noexcept;

 private:
  void put(io_uring_sqe& entry, io_operation& op) noexcept;
  void submit_cancellation(io_operation& op) noexcept;

  kernel& kernel_;
  const options wanted_;
  ring_counters counters_;
  timed::detail::counter replaced_rings_;
  std::unique_ptr<ring> ring_;
  std::atomic<ring_mode> mode_;
  registered_files files_;
  io_operation_list waiting_;
  io_operation_list in_kernel_;
  bool has_cancels_to_retry_ = false;
  bool has_prepared_write_ = false;
  bool may_have_unsubmitted_write_ = false;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_SUBMISSIONS_H
