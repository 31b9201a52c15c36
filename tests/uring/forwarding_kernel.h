// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The kernel of this machine, for tests that change something of it.

#ifndef TIMED_TESTS_URING_FORWARDING_KERNEL_H
#define TIMED_TESTS_URING_FORWARDING_KERNEL_H

#include <liburing.h>
#include <sys/types.h>

#include <cstddef>

#include "timed/uring/detail/ring/kernel.h"

namespace timed::uring::tests {

/// Does what the kernel of this machine does.
class forwarding_kernel : public detail::kernel {
 public:
  int open(unsigned entries, io_uring& ring, io_uring_params& params) override {
    return real().open(entries, ring, params);
  }
  void close(io_uring& ring) override { real().close(ring); }
  int enter(io_uring& ring, unsigned to_submit, unsigned wait_for, unsigned flags,
            const void* argument, std::size_t size) override {
    return real().enter(ring, to_submit, wait_for, flags, argument, size);
  }
  int register_with(io_uring& ring, unsigned opcode, const void* argument,
                    unsigned count) override {
    return real().register_with(ring, opcode, argument, count);
  }
  ssize_t send(int descriptor, const void* data, std::size_t size, int flags) override {
    return real().send(descriptor, data, size, flags);
  }
  ssize_t receive(int descriptor, void* data, std::size_t size, int flags) override {
    return real().receive(descriptor, data, size, flags);
  }

 protected:
  /// @param position Of an entry that is submitted, counted from the ring's beginning.
  static io_uring_sqe& entry_at(io_uring& ring, unsigned position) {
    return ring.sq.sqes[position & ring.sq.ring_mask];
  }
};

}  // namespace timed::uring::tests

#endif  // TIMED_TESTS_URING_FORWARDING_KERNEL_H
