// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUPPORT_ECHO_CLIENT_H
#define TIMED_BENCH_SUPPORT_ECHO_CLIENT_H

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/support/client_process.h"
#include "bench/support/echo_requests.h"
#include "bench/support/owned_descriptor.h"

namespace timed::bench {

/// A client process that, on each of its connections, writes a message, waits for it to come back,
/// and so on.
class echo_client {
 public:
  /// As that of `client_process`.
  explicit echo_client(std::size_t connections) : process_(connections, make_echo_requests) {}

  std::vector<owned_descriptor> take_connections() { return process_.take_connections(); }

  /// Has it make so many requests, over all connections together. It begins at once; if they take
  /// it more than a minute it dies, and all of its connections with it.
  void begin(std::uint64_t requests) { process_.tell(std::as_bytes(std::span(&requests, 1))); }

  /// Waits until it has got all answers.
  /// @throws std::runtime_error if one was wrong, or did not come.
  void await_end() {
    const std::string said = process_.hear();
    if (said != echo_requests_made) throw std::runtime_error("the echo client: " + said);
  }

  /// @return What it has to say of why its connections have ended.
  std::string failure() { return process_.hear(MSG_DONTWAIT); }

 private:
  client_process process_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_ECHO_CLIENT_H
