// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_OPERATION_SPECULATIVE_READ_POLICY_H
#define TIMED_URING_DETAIL_OPERATION_SPECULATIVE_READ_POLICY_H

#include <algorithm>
#include <cstdint>

#include "timed/detail/requires_cxx20.h"

namespace timed::uring::detail {

/// Decides whether a socket's read is tried by recv(2) before it goes to the ring.
///
/// A read that finds input is cheapest by recv(2). One that does not has wasted the call. So a read
/// is tried if the kernel has reported more input, or if the last try found some. After a try
/// without input, the next 1, 3, 7, ... 127 reads are not tried.
class speculative_read_policy {
 public:
  /// Whether the next read is likely to find input: the kernel has reported more, or the last try
  /// has filled its buffer.
  bool expects_input() const noexcept { return expects_input_; }

  /// @return Whether to try the next read, which this counts.
  bool should_try() noexcept {
    if (expects_input_ || reads_to_skip_ == 0) return true;
    --reads_to_skip_;
    return false;
  }

  /// A read was tried.
  /// @param found_input Whether it found input.
  /// @param filled Whether that filled the buffer, so that there may be more.
  void tried(bool found_input, bool filled) noexcept {
    expects_input_ = filled;
    skip_after_try_ = found_input
                          ? std::uint8_t{0}
                          : static_cast<std::uint8_t>(std::min(2 * skip_after_try_ + 1, 127));
    reads_to_skip_ = skip_after_try_;
  }

  /// A read has completed in the ring.
  void completed(bool more_input) noexcept { expects_input_ = more_input; }

 private:
  bool expects_input_ = false;
  std::uint8_t skip_after_try_ = 0;  // Number of reads not tried after the last try.
  std::uint8_t reads_to_skip_ = 0;   // Number of those that are left.
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_OPERATION_SPECULATIVE_READ_POLICY_H
