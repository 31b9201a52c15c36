// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_CLOSED_LOOP_CLIENT_H
#define TIMED_BENCH_CLIENTS_CLOSED_LOOP_CLIENT_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/clients/any_client.h"
#include "bench/clients/closed_loop_requests.h"
#include "bench/clients/echo_requests.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

/// A client that repeatedly makes a request on each of its connections and waits for the
/// answer: of an echo server, if not said otherwise.
class closed_loop_client {
 public:
  /// As `start_client`.
  /// @param program Runs `follow_closed_loop_orders`.
  explicit closed_loop_client(std::size_t connections,
                              const client_program& program = echo_requests)
      : client_(start_client(connections, program)) {}

  std::vector<owned_descriptor> take_connections() { return client_->take_connections(); }

  /// Starts `requests` requests, over all connections together. If they take more than a minute,
  /// the client dies, and all of its connections are closed.
  void begin(std::uint64_t requests) { client_->send(std::as_bytes(std::span(&requests, 1))); }

  /// Waits until the client has all answers.
  /// @throws std::runtime_error if one was wrong or missing.
  void await_end(std::chrono::milliseconds at_most = order_max) {
    const std::string message = client_->receive(at_most);
    if (message != requests_made) throw std::runtime_error("the client: " + message);
  }

  /// @return The client's reason why its connections were closed.
  std::string failure() { return client_->failure(); }

 private:
  const std::unique_ptr<any_client> client_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_CLOSED_LOOP_CLIENT_H
