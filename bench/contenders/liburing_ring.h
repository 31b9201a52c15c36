// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_LIBURING_RING_H
#define TIMED_BENCH_CONTENDERS_LIBURING_RING_H

#include <liburing.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

namespace timed::bench::contenders {

/// @param result As the kernel's interface to io_uring returns it: an error's code is negative.
/// @throws std::system_error if it is one.
inline void throw_if_error(int result, const char* what) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), what);
}

/// How to set up a ring. As it is made, it is as ours.
struct ring_setup {
  unsigned flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  unsigned flags_of_old_kernels = IORING_SETUP_COOP_TASKRUN;  ///< Instead; before Linux 6.1.
  bool is_registered = true;  ///< So that io_uring_enter(2) need not look it up.
};

/// A ring for loops by hand.
///
/// @tparam Operation What submissions and their completions belong to.
template <class Operation>
class liburing_ring {
 public:
  /// @throws std::system_error
  explicit liburing_ring(const ring_setup& setup = {}) {
    int result = open(setup.flags);
    if (result == -EINVAL) result = open(setup.flags_of_old_kernels);
    throw_if_error(result, "io_uring_queue_init_params");
    if (setup.is_registered) ::io_uring_register_ring_fd(&ring_);  // which not every kernel can
  }
  liburing_ring(const liburing_ring&) = delete;
  liburing_ring& operator=(const liburing_ring&) = delete;
  ~liburing_ring() { ::io_uring_queue_exit(&ring_); }

  /// Has the ring know descriptors by their index.
  /// @throws std::system_error
  void register_files(const std::vector<int>& descriptors) {
    throw_if_error(::io_uring_register_files(&ring_, descriptors.data(),
                                             static_cast<unsigned>(descriptors.size())),
                   "io_uring_register_files");
  }

  /// @return An entry to be filled. Its user data is to be the address of an `Operation`. Those
  ///     before it may have been submitted, but none that is linked to it.
  io_uring_sqe& entry() {
    // Two, for a deadline that may follow and is not to be parted from it.
    if (::io_uring_sq_space_left(&ring_) < 2) {
      throw_if_error(::io_uring_submit(&ring_), "io_uring_submit");
    }
    return next_entry();
  }

  /// Has the operation cancelled if it takes longer: by LINK_TIMEOUT.
  /// @param of The entry that was got last, filled.
  /// @param timeout Which is to last until it is submitted.
  void limit(io_uring_sqe& of, __kernel_timespec& timeout) {
    of.flags |= IOSQE_IO_LINK;
    io_uring_sqe& deadline = next_entry();
    ::io_uring_prep_link_timeout(&deadline, &timeout, 0);
    ::io_uring_sqe_set_data(&deadline, nullptr);
    ++deadlines_;
  }

  /// Has a timeout pending that belongs to no operation.
  /// @param timeout As above; it is an error if it passes.
  void add_timeout(__kernel_timespec& timeout) {
    io_uring_sqe& entry_of_it = entry();
    ::io_uring_prep_timeout(&entry_of_it, &timeout, 0, 0);
    ::io_uring_sqe_set_data(&entry_of_it, nullptr);
  }

  /// How many deadlines have not been reported as done with, though their operations may have.
  std::size_t deadlines() const { return deadlines_; }

  /// @throws std::system_error
  void submit() { throw_if_error(::io_uring_submit(&ring_), "io_uring_submit"); }

  /// Submits all entries, waits for a completion, and calls `on_completion(operation, result)` for
  /// each that is there. Those of deadlines, of operations that were in time, are only counted.
  /// @throws std::system_error if one is an error.
  void wait_for_each(auto on_completion) {
    const int result = ::io_uring_submit_and_wait(&ring_, 1);
    if (result != -EINTR) throw_if_error(result, "io_uring_submit_and_wait");
    unsigned head = 0;
    unsigned count = 0;
    io_uring_cqe* completion = nullptr;
    io_uring_for_each_cqe(&ring_, head, completion) {
      ++count;
      void* const operation = ::io_uring_cqe_get_data(completion);
      if (operation == nullptr) {
        if (completion->res != -ECANCELED) throw_if_error(completion->res, "a deadline");
        --deadlines_;
        continue;
      }
      throw_if_error(completion->res, "a read or a write");
      on_completion(*static_cast<Operation*>(operation), completion->res);
    }
    ::io_uring_cq_advance(&ring_, count);
  }

 private:
  int open(unsigned flags) {
    io_uring_params params{};
    params.flags = flags | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
    params.cq_entries = 4096;
    int result = ::io_uring_queue_init_params(1024, &ring_, &params);
    // The kernel gives back the locked memory of earlier rings a little after their end.
    for (int i = 0; i < 100 && result == -ENOMEM; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      result = ::io_uring_queue_init_params(1024, &ring_, &params);
    }
    return result;
  }

  io_uring_sqe& next_entry() {
    io_uring_sqe* const got = ::io_uring_get_sqe(&ring_);
    if (got == nullptr) throw std::logic_error("the ring is too small");
    return *got;
  }

  io_uring ring_{};
  std::size_t deadlines_ = 0;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_LIBURING_RING_H
