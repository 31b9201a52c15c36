// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_ANY_CLIENT_H
#define TIMED_BENCH_CLIENTS_ANY_CLIENT_H

#include <netinet/in.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

/// How long a client may take for an order. On a shared CPU it does take some seconds.
inline constexpr std::chrono::seconds order_max(60);

/// What a client runs: makes `connections` connections to the server, and then follows the orders
/// that arrive on `control`, a message socket, until its other end is closed. An exception's text
/// becomes the client's last message.
struct client_program {
  std::string_view name;
  void (*run)(int control, const sockaddr_in& server, std::size_t connections);
};

/// A client: another process on this host, or on the one that `client_host()` names.
class any_client {
 public:
  any_client() = default;
  any_client(const any_client&) = delete;
  virtual ~any_client() = default;

  /// @return This process's ends of the connections. Callable once.
  virtual std::vector<owned_descriptor> take_connections() = 0;

  /// Sends an order.
  /// @throws std::system_error
  virtual void send(std::span<const std::byte> message) = 0;

  /// Waits for the client's next message.
  /// @return The message, or a text that says that there is none.
  virtual std::string receive(std::chrono::milliseconds at_most = order_max) = 0;

  /// @return The client's last words, if its connections have failed: they may come a moment later.
  std::string failure() { return receive(std::chrono::seconds(1)); }
};

/// Starts a client with connections to this process over TCP. If it runs here, this forks, so this
/// process must have one thread, and nothing that does not survive a fork.
/// @throws std::exception if it does not connect.
std::unique_ptr<any_client> start_client(std::size_t connections, const client_program& program);

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_ANY_CLIENT_H
