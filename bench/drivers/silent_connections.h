// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_SILENT_CONNECTIONS_H
#define TIMED_BENCH_DRIVERS_SILENT_CONNECTIONS_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

/// Connections over TCP whose peers never send.
struct silent_connections {
  std::vector<owned_descriptor> descriptors;
  std::size_t at_a_time = 0;             ///< Number of connections that are read at a time.
  std::chrono::milliseconds timeout{1};  ///< Deadline of the read of each.
};

/// How the reads from silent connections have ended.
struct silent_outcome {
  std::size_t timeouts = 0;
  std::size_t others = 0;             ///< Not by a timeout.
  std::size_t early = 0;              ///< Before the deadline.
  std::size_t after_load = 0;         ///< When all requests had been answered.
  std::vector<std::int64_t> late_ns;  ///< From each deadline until the handler.
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_SILENT_CONNECTIONS_H
