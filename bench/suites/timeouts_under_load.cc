// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What do timeouts that pass cost a server under load, and the peers that it serves meanwhile? Of
// its 200 connections none, 1 % or 10 % have peers that never send: the deadline of each such read
// passes, the connection is closed, and another silent one takes its place. On the others requests
// arrive at a given rate, as in open_loop.
//
// Every silent connection has to end by a timeout, none of them early, and no other one by one.

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/clients/echo_meter.h"
#include "bench/clients/idle_peers.h"
#include "bench/clients/open_loop_requests.h"
#include "bench/clients/tcp_pairs.h"
#include "bench/drivers/any_server.h"
#include "bench/drivers/echo_servers.h"
#include "bench/drivers/silent_connections.h"
#include "bench/harness/cpu_time.h"
#include "bench/harness/entry.h"
#include "bench/harness/expect_backend.h"
#include "bench/harness/statistics.h"
#include "bench/suites/open_loop_server.h"

namespace timed::bench {
namespace {

constexpr std::size_t all_connections = 200;
constexpr double rate_per_s = 20'000;
constexpr std::uint64_t requests = 6'000;  // 0.3 s

// 20 one after the other take the first two thirds of that time, so that their end is under load,
// too, also if each is some milliseconds late.
constexpr std::size_t timeouts_in_a_row = 20;
constexpr std::chrono::milliseconds timeout(10);

// Connections whose other ends never send.
class silent_peers {
 public:
  explicit silent_peers(std::size_t at_a_time)
      : connections_{.descriptors = {}, .at_a_time = at_a_time, .timeout = timeout} {
    tcp_pairs all;
    for (std::size_t i = 0; i < at_a_time * timeouts_in_a_row; ++i) {
      tcp_pair pair = all.make();
      connections_.descriptors.push_back(std::move(pair.accepted));
      other_ends_.push_back(std::move(pair.connected));
    }
  }

  std::size_t count() const { return other_ends_.size(); }

  /// @return This server's ends. Callable once.
  silent_connections take_connections() { return std::move(connections_); }

 private:
  silent_connections connections_;
  std::vector<owned_descriptor> other_ends_;
};

void expect_all_timed_out(const silent_outcome& ended, std::size_t count) {
  if (ended.timeouts == count && ended.others == 0 && ended.early == 0) return;
  throw std::runtime_error("of " + std::to_string(count) + " silent connections, " +
                           std::to_string(ended.timeouts) + " ended by a timeout, " +
                           std::to_string(ended.others) + " otherwise, " +
                           std::to_string(ended.early) + " early");
}

void measure(benchmark::State& state, const server_contender& contender, std::size_t silent_count) {
  open_loop_server both(contender, all_connections - silent_count);
  const auto exchange = [&](std::uint64_t count, bool is_new, auto serve) {
    echo_meter meter(count, 0, [] {});
    return both.exchange(meter, rate_per_s, is_new,
                         [&](any_server& server) { serve(server, meter); });
  };
  exchange(requests / 5, true,  // warm-up
           [](any_server& server, echo_meter& meter) { server.serve(meter); });

  open_loop_results results{};
  double measured_s = 0;
  seconds cpu{};
  std::uint64_t measured = 0;
  std::size_t timeouts = 0;
  std::size_t after_load = 0;
  std::vector<std::int64_t> late_ns;
  while (state.KeepRunningBatch(requests)) {
    silent_peers peers(silent_count);
    const seconds cpu_before = cpu_time();
    results = exchange(requests, measured == 0, [&](any_server& server, echo_meter& meter) {
      const silent_outcome ended = server.serve(meter, peers.take_connections());
      cpu += cpu_time() - cpu_before;
      expect_all_timed_out(ended, peers.count());
      timeouts += ended.timeouts;
      after_load += ended.after_load;
      late_ns.insert(late_ns.end(), ended.late_ns.begin(), ended.late_ns.end());
    });
    measured += requests;
    state.SetIterationTime(results.taken_s - measured_s);
    measured_s = results.taken_s;
  }
  expect_backend();

  count_latencies(state, results);
  state.counters["server_cpu_ns"] = cpu.count() * 1e9 / static_cast<double>(measured);
  state.counters["timeouts_per_s"] = static_cast<double>(timeouts) / results.taken_s;
  state.counters["after_load"] = static_cast<double>(after_load);
  if (late_ns.empty()) return;
  state.counters["timeout_late_p50_ns"] = static_cast<double>(percentile(late_ns, 0.5));
  state.counters["timeout_late_p99_ns"] = static_cast<double>(percentile(late_ns, 0.99));
}

}  // namespace

void register_entries() {
  if (!can_have_a_client()) return;
  raise_descriptor_limit();  // as both ends of the silent connections are in this process
  for (const std::size_t percent : {0, 1, 10}) {
    for (const server_contender& contender : echo_contenders()) {
      if (!contender.can_time_out) continue;
      register_entry(
          "timeouts_under_load/" + std::to_string(percent) + "/" + std::string(contender.name),
          [=](benchmark::State& state) {
            measure(state, contender, all_connections * percent / 100);
          });
    }
  }
}

}  // namespace timed::bench
