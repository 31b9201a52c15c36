// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_OPERATION_SEND_POLICY_H
#define TIMED_URING_DETAIL_OPERATION_SEND_POLICY_H

#include <utility>

#include "timed/detail/requires_cxx20.h"

namespace timed::uring::detail {

/// Decides whether a write is made by send(2) or through the ring.
///
/// send(2) completes sooner, but takes a system call of its own. The ring is cheaper if the loop is
/// about to enter the kernel anyway: one call submits many writes, and fetches what has completed.
/// So send(2) is for a loop that has nothing else to do, now and right after the write: completions
/// follow a write if its peer is on the same loop, or if the loop is busy.
///
/// `loop::try_to_send()` asks it for a write of one buffer, if the socket's earlier writes have
/// completed. Writes of several buffers, and those without a copy, go through the ring.
class send_policy {
 public:
  /// @param is_loop_idle Whether the loop has neither prepared entries, nor ready handlers, nor
  ///     pending completions.
  bool prefers_send(bool is_loop_idle) const noexcept {
    return is_loop_idle && !last_send_found_completions_;
  }

  /// A write was made by send(2).
  void on_sent(bool completions_pending) noexcept {
    last_send_found_completions_ = completions_pending;
  }

  /// A write has completed in the ring.
  void on_ring_write() noexcept { ++ring_writes_; }

  /// The loop has fetched completions from the kernel.
  /// @param completions Their number, those of writes included.
  void on_polled(unsigned completions) noexcept {
    const unsigned writes = std::exchange(ring_writes_, 0U);
    if (writes != 0) last_send_found_completions_ = completions > writes;
  }

 private:
  bool last_send_found_completions_ = false;
  unsigned ring_writes_ = 0;  // Number of writes completed in the ring since the last poll.
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_OPERATION_SEND_POLICY_H
