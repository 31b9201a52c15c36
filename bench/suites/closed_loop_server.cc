// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/suites/closed_loop_server.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/clients/any_client.h"
#include "bench/clients/closed_loop_client.h"
#include "bench/clients/echo_meter.h"
#include "bench/drivers/any_server.h"
#include "bench/drivers/exchange.h"
#include "bench/harness/cpu_time.h"
#include "bench/harness/entry.h"
#include "bench/harness/expect_backend.h"
#include "bench/harness/ring_counts.h"
#include "tools/counting/traced.h"

namespace timed::bench {
namespace {

struct closed_loop {
  server_contender contender;
  client_program client;
  std::size_t connections;
};

// The time between two marks.
class stopwatch {
 public:
  void mark(const any_server& server) {
    cpu_ = server.cpu() - cpu_;
    wall_ = std::chrono::steady_clock::now().time_since_epoch() - wall_;
  }

  seconds cpu() const { return cpu_; }
  seconds wall() const { return wall_; }

 private:
  seconds cpu_{};
  seconds wall_{};
};

// A client and its server. The client is started before the server opens a ring, as it may be
// forked.
class client_and_server {
 public:
  explicit client_and_server(const closed_loop& loop)
      : connections_(loop.connections),
        is_outside_(loop.contender.is_outside),
        client_(loop.connections, loop.client),
        server_(loop.contender.start(client_.take_connections())) {}

  // @return Number of requests made, including those before and after the measured ones.
  std::uint64_t exchange(std::uint64_t requests, std::function<void()> on_mark) {
    echo_meter meter(requests, is_outside_ ? 0 : 2 * connections_, std::move(on_mark));
    if (is_outside_) meter.mark();
    bench::exchange(client_, meter.requests(), *server_,
                    [&](any_server& server) { server.serve(meter); });
    if (is_outside_) meter.mark();
    return meter.requests();
  }

  const any_server& server() const { return *server_; }

  // Warms up caches, allocators, connections, and the read policy of each native socket.
  void warm_up() {
    exchange((is_smoke_test() ? 2 : 150) * connections_, [] {});
  }

 private:
  const std::size_t connections_;
  const bool is_outside_;
  closed_loop_client client_;
  std::unique_ptr<any_server> server_;
};

void time_requests(benchmark::State& state, const closed_loop& loop) {
  const std::uint64_t batch = is_smoke_test() ? 500 : 10'000;
  client_and_server both(loop);
  both.warm_up();
  seconds cpu{};
  seconds wall{};
  std::uint64_t measured = 0;
  std::uint64_t made = 0;  // including those before and after the measured ones
  const ring_counts before = count_in_rings();
  while (state.KeepRunningBatch(batch)) {
    stopwatch watch;
    made += both.exchange(batch, [&] { watch.mark(both.server()); });
    measured += batch;
    cpu += watch.cpu();
    wall += watch.wall();
    state.SetIterationTime(watch.cpu().count());
  }
  const ring_counts in_rings = count_in_rings().since(before);
  if (loop.contender.is_on_backend) expect_backend();

  state.counters["requests_per_s"] = static_cast<double>(measured) / wall.count();
  state.counters["server_busy"] = cpu / wall;
  if (in_rings.has_rings) {
    const auto requests = static_cast<double>(made);
    state.counters["submissions"] = in_rings.submissions / requests;
    state.counters["completions"] = in_rings.completions / requests;
  }
}

// Counted in a separate process, where each call takes longer: more requests may be waiting for the
// server than in the timed run, so that it handles more of them per call.
double system_calls_per_request(const closed_loop& loop) {
  const std::uint64_t requests = is_smoke_test() ? 200 : 2000;
  const auto calls = counting::traced_system_calls([&] {
    client_and_server both(loop);
    both.warm_up();
    both.exchange(requests, counting::mark);
  });
  return static_cast<double>(calls.all_system_calls()) / static_cast<double>(requests);
}

void measure(benchmark::State& state, const closed_loop& loop) {
  time_requests(state, loop);
  if (is_without_tracing() || loop.contender.is_outside) return;
  try {
    state.counters["system_calls"] = system_calls_per_request(loop);
  } catch (const counting::tracing_is_forbidden& reason) {
    leave_out(std::string("system calls, which cannot be counted: ") + reason.what());
  }
}

}  // namespace

void register_closed_loop(const std::string& suite, const std::vector<server_contender>& contenders,
                          const client_program& client) {
  if (is_without_tracing()) leave_out("system calls, as counting them takes as long as the rest");
  if (!can_have_a_client()) return;
  for (const std::size_t connections : {16, 64, 256}) {
    for (const server_contender& contender : contenders) {
      const closed_loop loop{contender, client, connections};
      register_entry(suite + "/" + std::to_string(connections) + "/" + std::string(contender.name),
                     [loop](benchmark::State& state) { measure(state, loop); });
    }
  }
}

}  // namespace timed::bench
