// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_RAW_LIBURING_RING_H
#define TIMED_BENCH_CONTENDERS_RAW_LIBURING_RING_H

#include <liburing.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include "bench/contenders/raw_liburing/receive_buffers.h"

namespace timed::bench::contenders {

/// @param result Result of a liburing function: a negative error code, or no error.
/// @throws std::system_error if it is an error.
inline void throw_if_error(int result, const char* what) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), what);
}

/// How to set up a ring. The defaults are those of the native backend.
struct ring_setup {
  unsigned flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  unsigned flags_of_old_kernels = IORING_SETUP_COOP_TASKRUN;  ///< Used before Linux 6.1.
  bool is_registered = true;  ///< Spares io_uring_enter(2) the look-up of the ring.
};

/// A ring for the raw liburing loops.
///
/// @tparam Operation Owner of a submission and of its completion.
template <class Operation>
class raw_liburing_ring {
 public:
  /// @throws std::system_error
  explicit raw_liburing_ring(const ring_setup& setup = {}) {
    int result = open(setup.flags);
    if (result == -EINVAL) result = open(setup.flags_of_old_kernels);
    throw_if_error(result, "io_uring_queue_init_params");
    if (setup.is_registered) ::io_uring_register_ring_fd(&ring_);  // not supported by every kernel
  }
  raw_liburing_ring(const raw_liburing_ring&) = delete;
  raw_liburing_ring& operator=(const raw_liburing_ring&) = delete;
  ~raw_liburing_ring() {
    buffers_.reset();
    ::io_uring_queue_exit(&ring_);
  }

  /// Registers descriptors: operations name them by their index.
  /// @throws std::system_error
  void register_files(const std::vector<int>& descriptors) {
    throw_if_error(::io_uring_register_files(&ring_, descriptors.data(),
                                             static_cast<unsigned>(descriptors.size())),
                   "io_uring_register_files");
  }

  /// Provides buffers for multishot receive operations.
  /// @throws std::system_error
  void provide_buffers(std::size_t count, std::size_t bytes_each) {
    buffers_.emplace(ring_, count, bytes_each);
  }

  /// Copies what a multishot receive operation reports, whose completion has a buffer.
  void copy_out(const io_uring_cqe& completion, void* to) { buffers_->copy_out(completion, to); }

  /// @return A submission queue entry to fill. Its user data has to be the address of an
  ///     `Operation`. Earlier entries may already have been submitted.
  io_uring_sqe& entry() {
    // Two: a linked timeout has to be submitted together with its operation.
    if (::io_uring_sq_space_left(&ring_) < 2) {
      throw_if_error(::io_uring_submit(&ring_), "io_uring_submit");
    }
    return next_entry();
  }

  /// Links a timeout to an operation (LINK_TIMEOUT).
  /// @param operation The entry that `entry` returned last, filled.
  /// @param timeout Has to stay valid until the entry is submitted.
  void limit(io_uring_sqe& operation, __kernel_timespec& timeout) {
    operation.flags |= IOSQE_IO_LINK;
    io_uring_sqe& deadline = next_entry();
    ::io_uring_prep_link_timeout(&deadline, &timeout, 0);
    ::io_uring_sqe_set_data(&deadline, nullptr);
    ++deadlines_;
  }

  /// Adds a timeout that belongs to no operation. Its expiry is an error.
  /// @param timeout Has to stay valid until the entry is submitted.
  void add_timeout(__kernel_timespec& timeout) {
    io_uring_sqe& timer = entry();
    ::io_uring_prep_timeout(&timer, &timeout, 0, 0);
    ::io_uring_sqe_set_data(&timer, nullptr);
  }

  /// @return Number of linked timeouts whose completions have not arrived yet.
  std::size_t deadlines() const { return deadlines_; }

  /// @throws std::system_error
  void submit() { throw_if_error(::io_uring_submit(&ring_), "io_uring_submit"); }

  /// Submits all entries, waits for a completion, and calls `on_completion(operation, result)` for
  /// each completion queue entry. Those of linked timeouts that were cancelled are only counted.
  /// @throws std::system_error if a completion is an error.
  void wait_for_each(auto on_completion) {
    wait_for_each_entry([&on_completion](Operation& operation, const io_uring_cqe& completion) {
      on_completion(operation, completion.res);
    });
  }

  /// The same; calls `on_completion(operation, entry)`, also where a multishot receive operation
  /// found no buffer (-ENOBUFS) and has ended.
  void wait_for_each_entry(auto on_completion) {
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
      const bool lacks_buffers = buffers_ && completion->res == -ENOBUFS;
      if (!lacks_buffers) throw_if_error(completion->res, "a read or a write");
      on_completion(*static_cast<Operation*>(operation), *completion);
    }
    ::io_uring_cq_advance(&ring_, count);
  }

 private:
  int open(unsigned flags) {
    io_uring_params params{};
    params.flags = flags | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
    params.cq_entries = 4096;
    int result = ::io_uring_queue_init_params(1024, &ring_, &params);
    // The kernel releases the locked memory of earlier rings a little after their end.
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
  std::optional<receive_buffers> buffers_;
  std::size_t deadlines_ = 0;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_RAW_LIBURING_RING_H
