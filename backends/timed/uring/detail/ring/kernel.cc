// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/ring/kernel.h"

#include <liburing.h>
#include <sys/socket.h>

#include <cerrno>
#include <type_traits>

namespace timed::uring::detail {
namespace {

class real_kernel final : public kernel {
 public:
  int open(unsigned entries, io_uring& ring, io_uring_params& params) override {
    const int result = ::io_uring_queue_init_params(entries, &ring, &params);
    if (result == 0) ::io_uring_ring_dontfork(&ring);
    return result;
  }
  void close(io_uring& ring) override { ::io_uring_queue_exit(&ring); }
  int enter(io_uring& ring, unsigned to_submit, unsigned wait_for, unsigned flags,
            const void* argument, std::size_t size) override {
    const int which =
        (flags & IORING_ENTER_REGISTERED_RING) != 0 ? ring.enter_ring_fd : ring.ring_fd;
    return ::io_uring_enter2(static_cast<unsigned>(which), to_submit, wait_for, flags,
                             const_cast<void*>(argument), size);
  }
  int register_with(io_uring& ring, unsigned opcode, const void* argument,
                    unsigned count) override {
    return ::io_uring_register(static_cast<unsigned>(ring.ring_fd), opcode, argument, count);
  }
  ssize_t send(int descriptor, const void* data, std::size_t size, int flags) override {
    return or_error(::send(descriptor, data, size, flags | MSG_DONTWAIT));
  }
  ssize_t receive(int descriptor, void* data, std::size_t size, int flags) override {
    return or_error(::recv(descriptor, data, size, flags | MSG_DONTWAIT));
  }

 private:
  static ssize_t or_error(ssize_t result) { return result < 0 ? -errno : result; }
};

}  // namespace

kernel& kernel::real() noexcept {
  static_assert(std::is_trivially_destructible_v<real_kernel>);
  static constinit real_kernel instance;
  return instance;
}

}  // namespace timed::uring::detail
