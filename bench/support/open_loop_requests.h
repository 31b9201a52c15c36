// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUPPORT_OPEN_LOOP_REQUESTS_H
#define TIMED_BENCH_SUPPORT_OPEN_LOOP_REQUESTS_H

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/support/client_process.h"
#include "bench/support/owned_descriptor.h"

namespace timed::bench {

/// What the client's process is told.
struct open_loop_order {
  std::uint64_t requests;
  double rate_per_s;       ///< The mean rate at which they are to be made.
  std::uint64_t is_new;    ///< If not 0, what was measured before is forgotten.
  std::uint64_t seed = 0;  ///< Of the times between them, if it is new.
};

/// What it answers when all requests of an order have got the right answer: of all that it made
/// since the last order that was new.
struct open_loop_results {
  std::uint64_t samples;
  /// From when a request was to be made until all of its answer was there.
  std::int64_t p50_ns;
  std::int64_t p90_ns;
  std::int64_t p99_ns;
  std::int64_t p99_9_ns;
  std::int64_t max_ns;
  /// From when a request was to be made until the client made it: of the above, the client's own
  /// part.
  std::int64_t late_p99_ns;
  std::int64_t late_max_ns;
  double planned_s;  ///< From the first request to the last one's time, by plan.
  double taken_s;    ///< From the first request to the last answer.
};

/// What the client's process does; as `make_echo_requests`, but that it makes each request when it
/// is time for it, whether those before have been answered or not, on the connections by turns.
///
/// The requests arrive as those of many independent users do (a Poisson process): the times between
/// them are drawn from an exponential distribution, the same ones from the same seed. A request
/// that a connection does not take at once is kept and sent later; its time counts from when it was
/// to be made in any case. So a server that stands still for a while has it in the latency of each
/// request of that while, not only in one's.
/// @throws std::exception if there is no connection, or not the right answer.
void make_open_loop_requests(int control, const sockaddr_in& server, std::size_t connections);

/// A client process that does that.
class open_loop_client {
 public:
  /// As that of `client_process`.
  explicit open_loop_client(std::size_t connections)
      : process_(connections, make_open_loop_requests) {}

  std::vector<owned_descriptor> take_connections() { return process_.take_connections(); }

  /// Has it begin at once; if all takes it more than a minute it dies, and all of its connections
  /// with it.
  void begin(const open_loop_order& order) { process_.tell(std::as_bytes(std::span(&order, 1))); }

  /// Waits until it has got all answers.
  /// @throws std::runtime_error if one was wrong, or did not come.
  open_loop_results await_end();

  /// @return What it has to say of why its connections have ended.
  std::string failure();

 private:
  client_process process_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_OPEN_LOOP_REQUESTS_H
