// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_CLIENT_PROCESS_H
#define TIMED_BENCH_CLIENTS_CLIENT_PROCESS_H

#include <netinet/in.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/clients/any_client.h"
#include "bench/clients/forked_program.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

/// A client in a child process, with connections over TCP loopback. It runs on another CPU where
/// there is one.
class client_process final : public any_client {
 public:
  /// Function that the child runs: as `client_program::run`.
  using program =
      std::function<void(int control, const sockaddr_in& server, std::size_t connections)>;

  /// Forks, so this process must have one thread, and nothing that does not survive a fork.
  /// @throws std::system_error if the fork fails or the child does not connect.
  client_process(std::size_t connections, const program& run);

  std::vector<owned_descriptor> take_connections() override { return std::move(connections_); }
  void send(std::span<const std::byte> message) override { process_.send(message); }
  std::string receive(std::chrono::milliseconds at_most = order_max) override;

 private:
  owned_descriptor listener_;
  forked_program process_;
  std::vector<owned_descriptor> connections_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_CLIENT_PROCESS_H
