// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// Options of a `timed::uring::io_context`.

#ifndef TIMED_URING_OPTIONS_H
#define TIMED_URING_OPTIONS_H

#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>

#include "timed/detail/requires_cxx20.h"

/// The io_uring event loop, its sockets and its timers: available with each backend.
namespace timed::uring {

/// Ways to set up a ring, the best one first.
enum class ring_mode {
  /// `SINGLE_ISSUER`, `DEFER_TASKRUN`: completions happen on the loop's thread, when the loop asks
  /// for them. Linux 6.1.
  deferred,
  /// `COOP_TASKRUN`: completions happen whenever the thread enters the kernel. Linux 5.19.
  cooperative,
};

/// Returns the mode's name, as above.
constexpr std::string_view to_string(ring_mode which) noexcept {
  return which == ring_mode::deferred ? "deferred" : "cooperative";
}

/// How to set up a context's ring.
struct options {
  /// Number of submissions that fit in the ring, rounded up to a power of two. If more are made
  /// between two waits, they are submitted in several calls: a small ring only costs time.
  unsigned entries = 256;

  /// Number of completions that fit in the ring, rounded up to a power of two, and at least
  /// `entries`. Those that do not fit wait in the kernel.
  unsigned completions = 4096;

  /// Maximum number of connections that are registered with the ring, which saves looking the file
  /// up for each operation: those that have had some operations. Also at most what the process may
  /// have open (RLIMIT_NOFILE). None before Linux 6.14.
  unsigned registered_files = 4096;

  /// Number of bytes from which a write to a TCP socket is sent without copying (`SEND_ZC`; Linux
  /// 6.0). It completes when the peer has acknowledged all of it, since the kernel reads the buffer
  /// until then. That pays for large writes over fast networks, not over loopback, where the kernel
  /// copies. If the kernel does not support it, or may not lock as much memory (RLIMIT_MEMLOCK),
  /// the write is copied. By default, all writes are.
  ///
  /// Closing the socket while the kernel still uses the buffer of such a write resets the
  /// connection, as does destroying the context. Cancelling has no effect on the write any more, so
  /// a deadline that does not close the stream (`on_timeout(cancel)`) waits for it. And the context
  /// cannot change threads meanwhile: `run()` elsewhere throws `net::error::in_progress`.
  std::size_t zero_copy_from = std::numeric_limits<std::size_t>::max();

  /// How long the loop polls the network devices itself before it sleeps (NAPI busy polling): CPU
  /// time for latency. That works for devices with NAPI, which loopback lacks, and needs Linux 6.9;
  /// an older kernel is refused. Zero: not at all.
  std::chrono::microseconds busy_poll = std::chrono::microseconds::zero();

  /// The way to set up the ring; by default the best one that the kernel supports.
  std::optional<ring_mode> required_mode = std::nullopt;
};

}  // namespace timed::uring

#endif  // TIMED_URING_OPTIONS_H
