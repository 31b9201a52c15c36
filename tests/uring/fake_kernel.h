// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// An io_uring in user space, over real sockets, that behaves as badly as the kernel may.

#ifndef TIMED_TESTS_URING_FAKE_KERNEL_H
#define TIMED_TESTS_URING_FAKE_KERNEL_H

#include <liburing.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "tests/uring/decisions.h"
#include "timed/uring/detail/ring/kernel.h"

namespace timed::uring::tests {

/// Carries out what is submitted by real system calls that do not block, but
///  - later than it could, and in another order;
///  - for fewer bytes than it could;
///  - with results that mean "try again": -EINTR, -ECANCELED (as when a thread has gone), -EAGAIN,
///    -ECONNABORTED of an accept;
///  - takes fewer entries than are offered, or none (-EAGAIN, -EBUSY, -EINTR, -ENOMEM);
///  - ends multishot accepts, with a connection or without; or does not support them;
///  - needs the buffers of writes without a copy for longer than these take;
///  - cancels late, or not at all if something has been transferred; and says -EALREADY, -ENOENT;
///  - lets completions overflow.
///
/// All that by chance, from a seed, or as it is decided by the test. It is of one thread.
class fake_kernel final : public detail::kernel {
 public:
  explicit fake_kernel(std::uint64_t seed);
  explicit fake_kernel(decisions& decide);
  ~fake_kernel();

  int open(unsigned entries, io_uring& ring, io_uring_params& params) override;
  void close(io_uring& ring) override;
  int enter(io_uring& ring, unsigned to_submit, unsigned wait_for, unsigned flags,
            const void* argument, std::size_t size) override;
  int register_with(io_uring& ring, unsigned opcode, const void* argument, unsigned count) override;
  ssize_t send(int descriptor, const void* data, std::size_t size, int flags) override;
  ssize_t receive(int descriptor, void* data, std::size_t size, int flags) override;

  /// From now on it does what it can, at once.
  void behave() noexcept { behaves_ = true; }

  /// What has happened, so that a test can tell that it has tested something.
  struct counts {
    unsigned refused = 0;     ///< calls of enter that have failed
    unsigned spurious = 0;    ///< completions that meant "try again"
    unsigned shortened = 0;   ///< transfers of fewer bytes than could be
    unsigned overflowed = 0;  ///< completions that did not fit
    unsigned cancelled = 0;
    unsigned too_late = 0;    ///< cancellations that came to nothing
    unsigned registered = 0;  ///< operations on registered files
    unsigned held = 0;        ///< buffers that were needed for longer than the operation
    unsigned ahead = 0;       ///< connections accepted by an operation that went on
    unsigned changes = 0;     ///< results of polls that went on

    friend bool operator==(const counts&, const counts&) = default;
  };
  const counts& seen() const noexcept { return seen_; }

 private:
  // A registered file, which stays open while an operation uses it.
  class file {
   public:
    explicit file(int other);
    file(const file&) = delete;
    file& operator=(const file&) = delete;
    ~file();
    int descriptor() const noexcept { return descriptor_; }

   private:
    const int descriptor_;
  };

  struct pending {
    io_uring_sqe entry{};
    std::shared_ptr<const file> registered{};  // that it is for, if any
    bool is_notification = false;              // that a buffer is needed no more
    bool is_cancelled = false;
    short reported = 0;  // events that it has reported, of a multishot poll
  };
  struct memory;

  bool chance(unsigned percent) { return !behaves_ && decide_.chance(percent); }
  std::size_t shorten(std::size_t size);
  void set_files(std::size_t first, const int* descriptors, std::size_t count);
  void take(io_uring& ring, unsigned count);
  void cancel(const io_uring_sqe& entry);
  void complete_some(unsigned at_most);
  long attempt(pending& op);
  void complete(std::uint64_t user_data, long result, unsigned flags = 0);
  void end(const pending& op, long result);
  unsigned deliver(io_uring& ring);
  int refuse();
  bool wait_for_any(std::int64_t until);

  std::optional<random_decisions> random_;
  decisions& decide_;
  bool behaves_ = false;
  const bool multishot_accepts_ = !chance(12);  // it knows multishot accepts
  std::unique_ptr<memory> memory_;
  std::vector<std::shared_ptr<const file>> files_;
  std::vector<pending> pending_;
  std::deque<io_uring_cqe> completed_;
  counts seen_;
};

}  // namespace timed::uring::tests

#endif  // TIMED_TESTS_URING_FAKE_KERNEL_H
