// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUPPORT_CLIENT_PROCESS_H
#define TIMED_BENCH_SUPPORT_CLIENT_PROCESS_H

#include <netinet/in.h>
#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/support/owned_descriptor.h"

namespace timed::bench {

/// For what the child runs: a connection to the server, without Nagle's algorithm. Its end is a
/// reset, so that no port stays in use for a while.
/// @throws std::system_error
owned_descriptor connect_to(const sockaddr_in& server);

/// A child process with connections to this one over TCP loopback. It runs on a CPU of its own
/// where there is one, and is told what to do by messages.
///
/// It ends when this object does, and with this process, however that ends.
class client_process {
 public:
  /// What the child does: makes so many connections to the server, and then what it is told by
  /// `control`, a message socket, until that is closed at its other end. What an exception from it
  /// says is the last message from it.
  using program =
      std::function<void(int control, const sockaddr_in& server, std::size_t connections)>;

  /// Forks: so this process has one thread, and nothing that does not survive that.
  /// @throws std::system_error if there is no process, or it does not connect.
  client_process(std::size_t connections, const program& run);

  /// @return This process's ends of the connections; to be called once.
  std::vector<owned_descriptor> take_connections() { return std::move(connections_); }

  /// @throws std::system_error
  void tell(std::span<const std::byte> message);

  /// Waits for its next message, for at most a minute.
  /// @param flags As for recv(2).
  /// @return What it says, or that it says nothing.
  std::string hear(int flags = 0);

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

  owned_descriptor listener_;
  owned_descriptor control_;
  process process_;
  std::vector<owned_descriptor> connections_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_CLIENT_PROCESS_H
