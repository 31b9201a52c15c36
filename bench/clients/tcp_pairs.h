// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_TCP_PAIRS_H
#define TIMED_BENCH_CLIENTS_TCP_PAIRS_H

#include <netinet/in.h>

#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

/// Both ends of a connection over TCP loopback, without Nagle's algorithm.
struct tcp_pair {
  owned_descriptor accepted;
  owned_descriptor connected;  ///< Closes with a reset, so that no port stays in TIME_WAIT.
};

/// Makes connections whose ends are both in this process.
///
/// The accepted ends have Reno as their congestion control, which every kernel has and allows: the
/// system's default may pace (BBR), and then sends from a timer.
class tcp_pairs {
 public:
  /// @throws std::system_error
  tcp_pairs();

  /// @throws std::system_error
  tcp_pair make();

 private:
  owned_descriptor listener_;
  sockaddr_in address_{};
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_TCP_PAIRS_H
