// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_OPEN_LOOP_REQUESTS_H
#define TIMED_BENCH_CLIENTS_OPEN_LOOP_REQUESTS_H

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bench/clients/any_client.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

/// Order to the client's process.
struct open_loop_order {
  std::uint64_t requests;
  double rate_per_s;       ///< Mean rate of the requests.
  std::uint64_t is_new;    ///< If not 0, the earlier measurements are discarded.
  std::uint64_t seed = 0;  ///< Seed of the times between requests, if `is_new`.
};

/// The client's answer when all requests of an order have got the right answer: covers all requests
/// since the last order with `is_new`.
struct open_loop_results {
  std::uint64_t samples;
  /// From a request's scheduled time until its whole answer has arrived.
  std::int64_t p50_ns;
  std::int64_t p90_ns;
  std::int64_t p99_ns;
  std::int64_t p99_9_ns;
  std::int64_t max_ns;
  /// From a request's scheduled time until the client made it: the client's own part of the above.
  std::int64_t late_p99_ns;
  std::int64_t late_max_ns;
  double planned_s;  ///< From the first request to the last one, as scheduled.
  double taken_s;    ///< From the first request to the last answer.
};

/// Runs in the client's process. Like `make_echo_requests`, but makes each request at its scheduled
/// time, whether or not earlier ones have been answered, on the connections in rotation.
///
/// The requests arrive like those of many independent users (a Poisson process): the times between
/// them are drawn from an exponential distribution, the same ones from the same seed. A request
/// that a connection does not take immediately is kept and sent later; its time counts from its
/// scheduled time in any case. So if a server stops for a while, the latency of each request in
/// that time includes the stop.
/// @throws std::exception if a connection fails or an answer is wrong.
void make_open_loop_requests(int control, const sockaddr_in& server, std::size_t connections);

inline constexpr client_program open_loop_requests{"open_loop", make_open_loop_requests};

/// A client that runs `make_open_loop_requests`.
class open_loop_client {
 public:
  /// As `start_client`.
  explicit open_loop_client(std::size_t connections)
      : client_(start_client(connections, open_loop_requests)) {}

  std::vector<owned_descriptor> take_connections() { return client_->take_connections(); }

  /// Starts an order. If it takes more than a minute, the client dies, and all of its connections
  /// are closed.
  void begin(const open_loop_order& order) { client_->send(std::as_bytes(std::span(&order, 1))); }

  /// Waits until the client has all answers.
  /// @throws std::runtime_error if one was wrong or missing.
  open_loop_results await_end();

  /// @return The client's reason why its connections were closed.
  std::string failure();

 private:
  const std::unique_ptr<any_client> client_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_OPEN_LOOP_REQUESTS_H
