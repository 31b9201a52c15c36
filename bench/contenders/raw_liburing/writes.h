// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_RAW_LIBURING_WRITES_H
#define TIMED_BENCH_CONTENDERS_RAW_LIBURING_WRITES_H

#include <liburing.h>
#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "bench/contenders/raw_liburing/ring.h"

namespace timed::bench::contenders {

/// `closed_loop` directly on liburing: no handlers, no executor, no cancellation. With deadlines,
/// each write is linked to a timeout of 30 s (LINK_TIMEOUT), which the kernel cancels, with a
/// completion, when the write has completed.
class raw_liburing_link_timeout_writes {
 public:
  static constexpr std::string_view name = "raw_liburing_link_timeout";

  /// @param descriptor Of the socket to write to; the caller keeps ownership.
  /// @param data Bytes of each write; the caller keeps them alive.
  /// @param background_deadlines_count Number of other timeouts pending in the ring.
  /// @throws std::system_error
  raw_liburing_link_timeout_writes(int descriptor, const std::vector<char>& data,
                                   std::size_t background_deadlines_count);

  /// Has the kernel continue a partial write until all data is transferred (MSG_WAITALL), like a
  /// composed operation. A partial write is an error otherwise, and on kernels that do not do so.
  void write_all() { flags_ |= MSG_WAITALL; }

  void set_deadlines(bool enabled) { sets_deadlines_ = enabled; }

  /// As `closed_loop::run`.
  std::chrono::steady_clock::duration run(std::size_t writes);

 private:
  struct operation {};

  void write();

  const std::vector<char>& data_;
  int flags_ = MSG_NOSIGNAL;
  bool sets_deadlines_ = true;
  __kernel_timespec timeout_{.tv_sec = 30, .tv_nsec = 0};
  operation write_;
  raw_liburing_ring<operation> ring_;
};

/// The same without a deadline.
class raw_liburing_writes : public raw_liburing_link_timeout_writes {
 public:
  static constexpr std::string_view name = "raw_liburing";

  using raw_liburing_link_timeout_writes::raw_liburing_link_timeout_writes;

  void set_deadlines(bool) { raw_liburing_link_timeout_writes::set_deadlines(false); }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_RAW_LIBURING_WRITES_H
