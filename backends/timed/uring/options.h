// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// What a `timed::uring::io_context` may be told when it is made.

#ifndef TIMED_URING_OPTIONS_H
#define TIMED_URING_OPTIONS_H

#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>

#include "timed/detail/requires_cxx20.h"

namespace timed::uring {

namespace detail {
class kernel;
}  // namespace detail

/// Ways to set up a ring, the best one first.
enum class ring_mode {
  /// `SINGLE_ISSUER`, `DEFER_TASKRUN`: completions happen when the loop asks for them, and on its
  /// thread. Linux 6.1.
  deferred,
  /// `COOP_TASKRUN`: they happen whenever the thread enters the kernel. Linux 5.19.
  cooperative,
};

/// @return Its name, as above.
constexpr std::string_view to_string(ring_mode which) noexcept {
  return which == ring_mode::deferred ? "deferred" : "cooperative";
}

/// How to set up a context's ring. The defaults are meant to be good.
struct options {
  /// How many submissions fit in the ring; rounded up to a power of two. If more are made between
  /// two waits, they are submitted in several calls: nothing is lost by a small ring but time.
  unsigned entries = 256;

  /// How many completions fit in the ring; rounded up likewise, and at least `entries`. Those that
  /// do not fit wait in the kernel.
  unsigned completions = 4096;

  /// How many connections at most the ring knows by a number of its own, which saves looking the
  /// file up for each operation: those that have been in use for a while. Also at most what the
  /// process may have open (RLIMIT_NOFILE). None before Linux 6.14.
  unsigned registered_files = 4096;

  /// From how many bytes on a write to a TCP socket is sent without being copied (`SEND_ZC`; Linux
  /// 6.0). It is then over when the peer has acknowledged all of it, as the kernel reads the buffer
  /// until then: that pays for large writes over fast networks, not over loopback, where the kernel
  /// copies. Where it cannot, or may not lock so much memory (RLIMIT_MEMLOCK), it is sent as any
  /// other. By default, never.
  ///
  /// Closing the socket while the kernel still needs the buffer of such a write resets the
  /// connection, as does destroying the context. Cancelling the write does not end it any more, so
  /// a deadline that is not to close the stream (`on_timeout(cancel)`) has to wait. And the context
  /// cannot change threads meanwhile: `run()` elsewhere throws `net::error::in_progress`.
  std::size_t zero_copy_from = std::numeric_limits<std::size_t>::max();

  /// For how long the loop polls the network devices itself before it sleeps (NAPI busy polling):
  /// CPU time for latency. That works for devices that have NAPI, which loopback has not, and needs
  /// Linux 6.9; an older kernel is refused. Zero: not at all.
  std::chrono::microseconds busy_poll = std::chrono::microseconds::zero();

  /// The way to set it up; if there is none given, the best one that the kernel knows.
  std::optional<ring_mode> required_mode = std::nullopt;

  /// For tests: another kernel than this machine's. It has to outlive the context.
  detail::kernel* kernel = nullptr;
};

}  // namespace timed::uring

#endif  // TIMED_URING_OPTIONS_H
