// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUPPORT_IDLE_PEERS_H
#define TIMED_BENCH_SUPPORT_IDLE_PEERS_H

#include <sys/types.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "bench/support/owned_descriptor.h"

namespace timed::bench {

/// Has this process have as many descriptors as it may (`RLIMIT_NOFILE`: the soft limit becomes the
/// hard one).
/// @return How many that is.
std::size_t raise_descriptor_limit();

/// Connections over Unix sockets whose other ends are in a child process, so that neither has twice
/// as many descriptors, and what is allocated for the other ends is not in this one.
class idle_peers {
 public:
  /// Forks: so this process has one thread, and nothing that does not survive that.
  /// @throws std::system_error
  explicit idle_peers(std::size_t connections);
  idle_peers(const idle_peers&) = delete;
  idle_peers& operator=(const idle_peers&) = delete;
  ~idle_peers();

  /// @return This process's ends of the connections; to be called once.
  std::vector<owned_descriptor> take_connections() { return std::move(connections_); }

  /// Has each of the other ends write one byte.
  /// @throws std::runtime_error if one does not.
  void write_one_byte_each();

 private:
  owned_descriptor control_;
  ::pid_t child_ = 0;
  std::vector<owned_descriptor> connections_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_IDLE_PEERS_H
