// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_ANY_SERVER_H
#define TIMED_BENCH_DRIVERS_ANY_SERVER_H

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/clients/echo_meter.h"
#include "bench/drivers/silent_connections.h"
#include "bench/harness/cpu_time.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

/// A contender's server, in this process or in one of its own. The interface has no Asio in it: the
/// suites that use it do not compile the code of the servers, which takes long.
class any_server {
 public:
  any_server() = default;
  any_server(const any_server&) = delete;
  virtual ~any_server() = default;

  /// Answers requests until the meter is complete.
  /// @throws std::runtime_error if an operation fails, as all do if the client dies.
  virtual void serve(echo_meter& meter) = 0;

  /// The same, and reads from silent connections meanwhile, until all of them have ended. Only if
  /// the contender `can_time_out`.
  /// @return How they have ended.
  virtual silent_outcome serve(echo_meter& meter, silent_connections silent) = 0;

  /// @return CPU time of the server's process so far.
  virtual seconds cpu() const { return cpu_time(); }

  /// @return How often the server's process has gone to sleep so far.
  virtual std::uint64_t sleep_count() const { return sleeps(); }

  /// @return What to add to an error: what has become of a program of its own.
  virtual std::string state() { return ""; }
};

struct server_contender {
  std::string_view name;
  bool is_on_backend;  ///< Whether it uses this program's backend, and no other event loop.
  bool can_time_out;   ///< Whether it is one of the drivers', whose reads can time out.
  /// Whether it is a program of its own, whose `serve` returns at once: it answers at any time.
  bool is_outside;
  std::function<std::unique_ptr<any_server>(std::vector<owned_descriptor> connections)> start;
};

template <class Server>
constexpr bool reads_silent_connections =
    requires(Server& server, echo_meter& meter, silent_connections silent) {
      server.serve(meter, std::move(silent));
    };

/// A server of a certain class.
template <class Server>
class server_adapter final : public any_server {
 public:
  explicit server_adapter(std::vector<owned_descriptor> connections)
      : server_(std::move(connections)) {}

  void serve(echo_meter& meter) override { server_.serve(meter); }

  silent_outcome serve(echo_meter& meter, silent_connections silent) override {
    if constexpr (reads_silent_connections<Server>) {
      return server_.serve(meter, std::move(silent));
    } else {
      throw std::logic_error("a server without timeouts has no silent connections");
    }
  }

 private:
  Server server_;
};

template <class Server>
server_contender contender_with() {
  return {.name = Server::name,
          .is_on_backend = Server::is_on_backend,
          .can_time_out = reads_silent_connections<Server>,
          .is_outside = false,
          .start = [](std::vector<owned_descriptor> connections) {
            return std::unique_ptr<any_server>(
                std::make_unique<server_adapter<Server>>(std::move(connections)));
          }};
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_ANY_SERVER_H
