// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The echo servers of all contenders, behind an interface without Asio: the suites that use them
// do not compile their code, which takes long.

#ifndef TIMED_BENCH_DRIVERS_ECHO_SERVERS_H
#define TIMED_BENCH_DRIVERS_ECHO_SERVERS_H

#include <memory>
#include <string_view>
#include <vector>

#include "bench/clients/echo_meter.h"
#include "bench/drivers/silent_connections.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

/// Writes back what arrives on each connection.
class any_echo_server {
 public:
  any_echo_server() = default;
  any_echo_server(const any_echo_server&) = delete;
  virtual ~any_echo_server() = default;

  /// Answers requests until the meter is complete.
  /// @throws std::runtime_error if an operation fails, as all do if the client dies.
  virtual void serve(echo_meter& meter) = 0;

  /// The same, and reads from silent connections meanwhile, until all of them have ended. Only if
  /// the contender `can_time_out`.
  /// @return How they have ended.
  virtual silent_outcome serve(echo_meter& meter, silent_connections silent) = 0;
};

struct echo_contender {
  std::string_view name;
  bool is_on_backend;  ///< Whether it uses this program's backend, not its own event loop.
  bool can_time_out;   ///< Whether it is one of the drivers', whose reads can time out.
  std::unique_ptr<any_echo_server> (*start)(std::vector<owned_descriptor> connections);
};

/// @return The contenders that can run on this program's backend.
std::vector<echo_contender> echo_contenders();

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_ECHO_SERVERS_H
