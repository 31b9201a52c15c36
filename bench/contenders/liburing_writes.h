// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_LIBURING_WRITES_H
#define TIMED_BENCH_CONTENDERS_LIBURING_WRITES_H

#include <liburing.h>

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "bench/contenders/liburing_ring.h"

namespace timed::bench::contenders {

/// The same as `closed_loop`, by hand on a ring: no handlers, no executor, no cancellation. With a
/// deadline, each write is linked to a timeout of 30 s (LINK_TIMEOUT), which the kernel drops when
/// the write has ended, and reports.
class liburing_link_timeout_writes {
 public:
  static constexpr std::string_view name = "liburing_link_timeout";

  /// @param descriptor Of the socket to write to; it stays the caller's.
  /// @param data Likewise.
  /// @param background_deadlines_count How many other timeouts are pending in the ring.
  /// @throws std::system_error
  liburing_link_timeout_writes(int descriptor, const std::vector<char>& data,
                               std::size_t background_deadlines_count);

  void set_deadlines(bool whether) { sets_deadlines_ = whether; }

  /// As `closed_loop::run`.
  std::chrono::steady_clock::duration run(std::size_t writes);

 private:
  struct operation {};

  void write();

  const std::vector<char>& data_;
  bool sets_deadlines_ = true;
  __kernel_timespec timeout_{.tv_sec = 30, .tv_nsec = 0};
  operation write_;
  liburing_ring<operation> ring_;
};

/// The same without a deadline.
class liburing_writes : public liburing_link_timeout_writes {
 public:
  static constexpr std::string_view name = "liburing";

  using liburing_link_timeout_writes::liburing_link_timeout_writes;

  void set_deadlines(bool) { liburing_link_timeout_writes::set_deadlines(false); }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_LIBURING_WRITES_H
