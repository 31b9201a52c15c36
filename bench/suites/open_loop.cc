// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Requests to a timed echo server arrive at a given rate over 64 connections, whether or not
// earlier ones have been answered. How long does each take, from its scheduled time until its
// answer has arrived? This includes waiting behind other requests and in a delayed client, so there
// is no "coordinated omission". How much CPU time does the server take for each? At low rates it is
// mostly idle, and has to wake up for nearly each request.
//
// The server runs in this process, on one thread, or is a program of its own. Its client is another
// process, on another CPU, and the same for every contender.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bench/clients/echo_meter.h"
#include "bench/clients/open_loop_requests.h"
#include "bench/drivers/any_server.h"
#include "bench/harness/cpu_time.h"
#include "bench/harness/entry.h"
#include "bench/harness/expect_backend.h"
#include "bench/suites/echo_contenders_here.h"
#include "bench/suites/open_loop_server.h"

namespace timed::bench {
namespace {

constexpr std::size_t connections = 64;

// What the server took between two marks.
class server_use {
 public:
  void mark(const any_server& server) {
    cpu_ = server.cpu() - cpu_;
    sleeps_ = server.sleep_count() - sleeps_;
  }

  seconds cpu() const { return cpu_; }
  std::uint64_t sleeps_count() const { return sleeps_; }

 private:
  seconds cpu_{};
  std::uint64_t sleeps_ = 0;
};

void measure(benchmark::State& state, const server_contender& contender, double rate_per_s) {
  // A quarter of a second: long compared with a request.
  const auto batch = static_cast<std::uint64_t>(rate_per_s / 4);
  open_loop_server both(contender, connections);
  const auto exchange = [&](std::uint64_t requests, bool is_new, std::function<void()> on_mark) {
    echo_meter meter(requests, contender.is_outside ? 0 : 1, std::move(on_mark));
    return both.exchange(meter, rate_per_s, is_new,
                         [&](any_server& server) { server.serve(meter); });
  };
  exchange(batch / 5, true, [] {});  // warm-up
  open_loop_results results{};
  seconds cpu{};
  std::uint64_t slept = 0;
  std::uint64_t measured = 0;
  double measured_s = 0;
  bool is_new = true;
  while (state.KeepRunningBatch(static_cast<std::int64_t>(batch))) {
    server_use use;
    results = exchange(batch, is_new, [&] { use.mark(both.server()); });
    cpu += use.cpu();
    slept += use.sleeps_count();
    measured += batch;
    if (is_new) measured_s = 0;
    is_new = false;
    state.SetIterationTime(results.taken_s - measured_s);
    measured_s = results.taken_s;
  }
  if (contender.is_on_backend) expect_backend();

  count_latencies(state, results);
  state.counters["server_cpu_ns"] = cpu.count() * 1e9 / static_cast<double>(measured);
  state.counters["sleeps"] = static_cast<double>(slept) / static_cast<double>(measured);
}

}  // namespace

void register_entries() {
  if (!can_have_a_client()) return;
  const std::vector<server_contender> contenders = echo_contenders_here();
  for (const int rate_per_s : {10'000, 20'000, 50'000, 100'000, 200'000}) {
    for (const server_contender& contender : contenders) {
      register_entry("open_loop/" + std::to_string(rate_per_s) + "/" + std::string(contender.name),
                     [=](benchmark::State& state) { measure(state, contender, rate_per_s); });
    }
  }
}

}  // namespace timed::bench
