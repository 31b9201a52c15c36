// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_OPERATION_SPECULATIVE_READ_POLICY_H
#define TIMED_URING_DETAIL_OPERATION_SPECULATIVE_READ_POLICY_H

#include <algorithm>
#include <cstdint>

#include "timed/detail/requires_cxx20.h"

namespace timed::uring::detail {

/// Whether a socket's next read will find something, as far as one can know.
///
/// A read that does is cheapest with recv(2); one that does not has wasted the call. So it is tried
/// where the kernel has said that there is more, and where the last try was not in vain; after one
/// that was, it is left for as many reads as it was in vain in a row, doubled each time.
class speculative_read_policy {
 public:
  /// The kernel has said so.
  bool expects_input() const noexcept { return expects_input_; }

  /// @return Whether to try; counts as a read.
  bool should_try() noexcept {
    if (expects_input_ || reads_to_leave_ == 0) return true;
    --reads_to_leave_;
    return false;
  }

  /// @param was_there Whether it was not in vain.
  /// @param filled Whether it was enough for all of the buffer, so that there may be more.
  void tried(bool was_there, bool filled) noexcept {
    expects_input_ = filled;
    left_ = was_there ? std::uint8_t{0} : static_cast<std::uint8_t>(std::min(2 * left_ + 1, 127));
    reads_to_leave_ = left_;
  }

  /// A read by the ring has completed.
  void completed(bool there_is_more) noexcept { expects_input_ = there_is_more; }

 private:
  bool expects_input_ = false;
  std::uint8_t left_ = 0;
  std::uint8_t reads_to_leave_ = 0;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_OPERATION_SPECULATIVE_READ_POLICY_H
