// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_IDLE_PEERS_H
#define TIMED_BENCH_CLIENTS_IDLE_PEERS_H

#include <sys/types.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

/// Raises the soft limit of descriptors (`RLIMIT_NOFILE`) to the hard limit.
/// @return That limit.
std::size_t raise_descriptor_limit();

/// Connections over Unix sockets whose other ends are in a child process, so that neither process
/// needs twice as many descriptors, and this one does not allocate for the other ends.
class idle_peers {
 public:
  /// Forks, so this process must have one thread, and nothing that does not survive a fork.
  /// @throws std::system_error
  explicit idle_peers(std::size_t connections);
  idle_peers(const idle_peers&) = delete;
  idle_peers& operator=(const idle_peers&) = delete;
  ~idle_peers();

  /// @return This process's ends of the connections. Callable once.
  std::vector<owned_descriptor> take_connections() { return std::move(connections_); }

  /// Makes each of the other ends write one byte.
  /// @throws std::runtime_error if a write fails.
  void write_one_byte_each();

 private:
  owned_descriptor control_;
  ::pid_t child_ = 0;
  std::vector<owned_descriptor> connections_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_IDLE_PEERS_H
