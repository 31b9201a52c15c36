// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_RING_KERNEL_H
#define TIMED_URING_DETAIL_RING_KERNEL_H

#include <sys/types.h>

#include <cstddef>

#include "timed/detail/requires_cxx20.h"

struct io_uring;
struct io_uring_params;
struct msghdr;

namespace timed::uring::detail {

/// The system calls of a ring and its loop, so that tests can put another kernel in the place of
/// this machine's.
///
/// Each returns what the kernel does: a negative errno if it fails.
class kernel {
 public:
  /// As io_uring_queue_init_params(3). A child process does not get the ring's memory.
  virtual int open(unsigned entries, io_uring& ring, io_uring_params& params) = 0;
  /// As io_uring_queue_exit(3).
  virtual void close(io_uring& ring) = 0;
  /// As io_uring_enter(2), on `ring.enter_ring_fd` if the flags say that it is registered.
  virtual int enter(io_uring& ring, unsigned to_submit, unsigned wait_for, unsigned flags,
                    const void* argument, std::size_t size) = 0;
  /// As io_uring_register(2).
  virtual int register_with(io_uring& ring, unsigned opcode, const void* argument,
                            unsigned count) = 0;

  /// As send(2) and recv(2), without blocking.
  virtual ssize_t send(int descriptor, const void* data, std::size_t size, int flags) = 0;
  virtual ssize_t receive(int descriptor, void* data, std::size_t size, int flags) = 0;

  /// The kernel of this machine. Never destroyed: contexts may be static objects.
  static kernel& real() noexcept;

 protected:
  ~kernel() = default;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_RING_KERNEL_H
