// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Requests to a timed echo server arrive at a given rate over 64 connections, whether or not
// earlier ones have been answered. How long does each take, from its scheduled time until its
// answer has arrived? This includes waiting behind other requests and in a delayed client, so there
// is no "coordinated omission". How much CPU time does the server take for each? At low rates it is
// mostly idle, and has to wake up for nearly each request.
//
// The server runs in this process, on one thread. Its client is another process, on another CPU,
// and the same for every contender.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "bench/clients/echo_meter.h"
#include "bench/clients/open_loop_requests.h"
#include "bench/drivers/echo_servers.h"
#include "bench/harness/cpu_time.h"
#include "bench/harness/entry.h"
#include "bench/harness/expect_backend.h"

namespace timed::bench {
namespace {

constexpr std::size_t connections = 64;

// Up to this part longer than planned, the rate counts as kept.
constexpr double slack = 0.01;

// Beyond this 99th percentile of the client's own delay, something else ran on its CPU, and the
// latencies are not the server's.
constexpr std::int64_t client_late_max_ns = 100'000;

// Seed of the arrival times: different in each process, so that the draw of one round is not
// mistaken for a property of the server; the same for all contenders of a process.
std::uint64_t seed_of_arrivals() {
  static const std::uint64_t seed = std::random_device()();
  return seed;
}

// What the server took between two marks.
class server_use {
 public:
  void mark() {
    cpu_ = cpu_time() - cpu_;
    sleeps_ = sleeps() - sleeps_;
  }

  seconds cpu() const { return cpu_; }
  std::uint64_t sleeps_count() const { return sleeps_; }

 private:
  seconds cpu_{};
  std::uint64_t sleeps_ = 0;
};

// A client and its server. The client is forked before the server opens a ring.
class client_and_server {
 public:
  explicit client_and_server(const echo_contender& contender)
      : client_(connections), server_(contender.start(client_.take_connections())) {}

  // @param is_new Whether to discard what was measured before.
  // @param on_mark Called when the first request has been answered, and `requests` later.
  open_loop_results exchange(std::uint64_t requests, double rate_per_s, bool is_new,
                             std::function<void()> on_mark) {
    echo_meter meter(requests, 1, std::move(on_mark));
    client_.begin({.requests = meter.requests(),
                   .rate_per_s = rate_per_s,
                   .is_new = is_new ? 1u : 0u,
                   .seed = seed_of_arrivals()});
    try {
      server_->serve(meter);
    } catch (const std::exception& failure) {
      throw std::runtime_error(failure.what() + ("; the client: " + client_.failure()));
    }
    return client_.await_end();
  }

 private:
  open_loop_client client_;
  std::unique_ptr<any_echo_server> server_;
};

void measure(benchmark::State& state, const echo_contender& contender, double rate_per_s) {
  // A quarter of a second: long compared with a request.
  const auto batch = static_cast<std::uint64_t>(rate_per_s / 4);
  client_and_server both(contender);
  both.exchange(batch / 5, rate_per_s, true, [] {});  // warm-up
  open_loop_results results{};
  seconds cpu{};
  std::uint64_t slept = 0;
  std::uint64_t measured = 0;
  double measured_s = 0;
  bool is_new = true;
  while (state.KeepRunningBatch(static_cast<std::int64_t>(batch))) {
    server_use use;
    results = both.exchange(batch, rate_per_s, is_new, [&use] { use.mark(); });
    cpu += use.cpu();
    slept += use.sleeps_count();
    measured += batch;
    if (is_new) measured_s = 0;
    is_new = false;
    state.SetIterationTime(results.taken_s - measured_s);
    measured_s = results.taken_s;
  }
  if (contender.is_on_backend) expect_backend();

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
  state.counters["server_cpu_ns"] = cpu.count() * 1e9 / static_cast<double>(measured);
  state.counters["sleeps"] = static_cast<double>(slept) / static_cast<double>(measured);
  state.counters["samples"] = samples;
  state.counters["planned_per_s"] = samples / results.planned_s;
  state.counters["achieved_per_s"] = samples / results.taken_s;
  state.counters["kept_rate"] = kept ? 1 : 0;
  state.counters["client_was_late"] = client_was_late ? 1 : 0;
  std::string label = kept ? "" : "did not keep the rate";
  if (client_was_late) label += std::string(kept ? "" : "; ") + "its client was disturbed";
  state.SetLabel(label);
}

}  // namespace

void register_entries() {
  if (!can_have_a_client()) return;
  for (const int rate_per_s : {10'000, 20'000, 50'000, 100'000, 200'000}) {
    for (const echo_contender& contender : echo_contenders()) {
      register_entry("open_loop/" + std::to_string(rate_per_s) + "/" + std::string(contender.name),
                     [=](benchmark::State& state) { measure(state, contender, rate_per_s); });
    }
  }
}

}  // namespace timed::bench
