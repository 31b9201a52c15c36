// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_REMOTE_CLIENT_H
#define TIMED_BENCH_CLIENTS_REMOTE_CLIENT_H

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/clients/any_client.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

/// A client on another host, where a `client_agent` listens.
///
/// If that host or the network fails, the connections end within some seconds: with the network's
/// error (`timed_out` or `host_unreachable`), not with a timeout of a stream.
class remote_client final : public any_client {
 public:
  /// @param host "HOST:PORT" of the agent.
  /// @param program Name of the `client_program`.
  /// @param answer_max Limit of the wait for the agent.
  /// @throws std::runtime_error if there is no agent, it is of another version, or the client does
  ///     not connect; it says which, and what to do.
  remote_client(const std::string& host, std::size_t connections, std::string_view program,
                std::chrono::seconds answer_max = std::chrono::seconds(10));

  std::vector<owned_descriptor> take_connections() override { return std::move(connections_); }
  void send(std::span<const std::byte> message) override;
  std::string receive(std::chrono::milliseconds at_most = order_max) override;

 private:
  owned_descriptor control_;
  std::vector<owned_descriptor> connections_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_REMOTE_CLIENT_H
