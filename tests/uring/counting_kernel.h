// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The kernel of this machine, watched.

#ifndef TIMED_TESTS_URING_COUNTING_KERNEL_H
#define TIMED_TESTS_URING_COUNTING_KERNEL_H

#include <liburing.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>

#include "tests/uring/forwarding_kernel.h"

namespace timed::uring::tests {

/// Counts what the kernel is asked for. It is of one thread at a time.
class counting_kernel final : public forwarding_kernel {
 public:
  int without_copy = 0;       ///< sends
  int with_copy = 0;          ///< sends, by the ring or on their own
  int accepts = 0;            ///< of one connection each
  int multishot_accepts = 0;  ///< of many each

  /// Cancellations that the kernel has carried out, for any thread to read.
  std::atomic<int> cancellations = 0;

  /// As a kernel that is too old to accept ahead.
  bool refuses_multishot_accept = false;

  int enter(io_uring& ring, unsigned to_submit, unsigned wait_for, unsigned flags,
            const void* argument, std::size_t size) override {
    const unsigned first = *ring.sq.khead;
    for (unsigned i = 0; i < to_submit; ++i) {
      io_uring_sqe& entry = entry_at(ring, first + i);
      if (refuses_multishot_accept && is_multishot_accept(entry)) entry.ioprio |= unknown_flag;
    }
    const int taken = real().enter(ring, to_submit, wait_for, flags, argument, size);
    for (int i = 0; i < taken; ++i) count(entry_at(ring, first + static_cast<unsigned>(i)));
    return taken;
  }
  ssize_t send(int descriptor, const void* data, std::size_t size, int flags) override {
    ++with_copy;
    return real().send(descriptor, data, size, flags);
  }

 private:
  static constexpr unsigned short unknown_flag = 1U << 15;

  static bool is_multishot_accept(const io_uring_sqe& entry) {
    return entry.opcode == IORING_OP_ACCEPT && (entry.ioprio & IORING_ACCEPT_MULTISHOT) != 0;
  }
  void count(const io_uring_sqe& entry) {
    cancellations += static_cast<int>(entry.opcode == IORING_OP_ASYNC_CANCEL);
    without_copy += static_cast<int>(entry.opcode == IORING_OP_SEND_ZC);
    with_copy += static_cast<int>(entry.opcode == IORING_OP_SEND);
    multishot_accepts += static_cast<int>(is_multishot_accept(entry));
    accepts += static_cast<int>(entry.opcode == IORING_OP_ACCEPT && !is_multishot_accept(entry));
  }
};

}  // namespace timed::uring::tests

#endif  // TIMED_TESTS_URING_COUNTING_KERNEL_H
