// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What suites with an open loop have in common: the server and its client, and the counters of the
// latencies.

#ifndef TIMED_BENCH_SUITES_OPEN_LOOP_SERVER_H
#define TIMED_BENCH_SUITES_OPEN_LOOP_SERVER_H

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "bench/clients/echo_meter.h"
#include "bench/clients/open_loop_requests.h"
#include "bench/drivers/any_server.h"
#include "bench/drivers/exchange.h"

namespace timed::bench {

// Seed of the arrival times: different in each process, so that the draw of one round is not
// mistaken for a property of the server; the same for all contenders of a process.
inline std::uint64_t seed_of_arrivals() {
  static const std::uint64_t seed = std::random_device()();
  return seed;
}

// A client and its server, which runs in this process on one thread, or is a program of its own.
// The client is another process, on another CPU, and is forked before the server opens a ring.
class open_loop_server {
 public:
  open_loop_server(const server_contender& contender, std::size_t connections)
      : is_outside_(contender.is_outside),
        client_(connections),
        server_(contender.start(client_.take_connections())) {}

  // @param meter Says how many requests to make.
  // @param is_new Whether to discard what was measured before.
  // @param serve Called with the server.
  open_loop_results exchange(echo_meter& meter, double rate_per_s, bool is_new, auto serve) {
    const open_loop_order order{.requests = meter.requests(),
                                .rate_per_s = rate_per_s,
                                .is_new = is_new ? 1u : 0u,
                                .seed = seed_of_arrivals()};
    if (is_outside_) meter.mark();
    const open_loop_results results = bench::exchange(client_, order, *server_, serve);
    if (is_outside_) meter.mark();
    return results;
  }

  const any_server& server() const { return *server_; }

 private:
  const bool is_outside_;
  open_loop_client client_;
  std::unique_ptr<any_server> server_;
};

// Sets the counters of the latencies, and the label of a disturbed entry.
inline void count_latencies(benchmark::State& state, const open_loop_results& results) {
  // Up to this part longer than planned, the rate counts as kept.
  constexpr double slack = 0.01;
  // Beyond this 99th percentile of the client's own delay, something else ran on its CPU, and the
  // latencies are not the server's.
  constexpr std::int64_t client_late_max_ns = 100'000;

  const auto samples = static_cast<double>(results.samples);
  const bool kept = results.taken_s <= results.planned_s * (1 + slack);
  const bool client_was_late = results.late_p99_ns > client_late_max_ns;
  state.counters["p50_ns"] = static_cast<double>(results.p50_ns);
  state.counters["p90_ns"] = static_cast<double>(results.p90_ns);
  state.counters["p99_ns"] = static_cast<double>(results.p99_ns);
  state.counters["p99_9_ns"] = static_cast<double>(results.p99_9_ns);
  state.counters["max_ns"] = static_cast<double>(results.max_ns);
  state.counters["client_late_p99_ns"] = static_cast<double>(results.late_p99_ns);
  state.counters["client_late_max_ns"] = static_cast<double>(results.late_max_ns);
  state.counters["samples"] = samples;
  state.counters["planned_per_s"] = samples / results.planned_s;
  state.counters["achieved_per_s"] = samples / results.taken_s;
  state.counters["kept_rate"] = kept ? 1 : 0;
  state.counters["client_was_late"] = client_was_late ? 1 : 0;
  std::string label = kept ? "" : "did not keep the rate";
  if (client_was_late) label += std::string(kept ? "" : "; ") + "its client was disturbed";
  state.SetLabel(label);
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUITES_OPEN_LOOP_SERVER_H
