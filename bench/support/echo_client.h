// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUPPORT_ECHO_CLIENT_H
#define TIMED_BENCH_SUPPORT_ECHO_CLIENT_H

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/support/owned_descriptor.h"

namespace timed::bench {

/// A child process with connections to this one over TCP loopback: on each it writes a message,
/// waits for it to come back, and so on. It runs on a CPU of its own where there is one.
///
/// It ends when this object does, and with this process, however that ends.
class echo_client {
 public:
  /// Forks: so this process has one thread, and nothing that does not survive that.
  /// @throws std::system_error if there is no process, or it does not connect.
  explicit echo_client(std::size_t connections);

  /// @return This process's ends of the connections; to be called once.
  std::vector<owned_descriptor> take_connections() { return std::move(connections_); }

  /// Has it make so many requests, over all connections together. It begins at once; if they take
  /// it more than a minute it dies, and all of its connections with it.
  void begin(std::uint64_t requests);

  /// Waits until it has got all answers.
  /// @throws std::runtime_error if one was wrong, or did not come.
  void await_end();

  /// @return What it has to say of why its connections have ended.
  std::string failure();

 private:
  class process {
   public:
    explicit process(::pid_t pid) : pid_(pid) {}
    process(const process&) = delete;
    process& operator=(const process&) = delete;
    ~process();

   private:
    const ::pid_t pid_;
  };

  std::string what_it_says(int flags);

  owned_descriptor listener_;
  owned_descriptor control_;
  process process_;
  std::vector<owned_descriptor> connections_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_ECHO_CLIENT_H
