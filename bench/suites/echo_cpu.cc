// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How much CPU time does a timed echo server with 16, 64 or 256 busy connections take per request?
// The server runs in this process, on one thread. Its client is another process, on another CPU,
// and the same for every contender. The CPU time is all that the kernel charges this process,
// including kernel threads that work for it.
//
// Submissions and completions of its rings are counted too; system calls in a separate run, which
// is not timed.

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "bench/clients/echo_client.h"
#include "bench/clients/echo_meter.h"
#include "bench/drivers/echo_servers.h"
#include "bench/harness/cpu_time.h"
#include "bench/harness/entry.h"
#include "bench/harness/expect_backend.h"
#include "bench/harness/ring_counts.h"
#include "tools/counting/traced.h"

namespace timed::bench {
namespace {

// The time between two marks.
class stopwatch {
 public:
  void mark() {
    cpu_ = cpu_time() - cpu_;
    wall_ = std::chrono::steady_clock::now().time_since_epoch() - wall_;
  }

  seconds cpu() const { return cpu_; }
  seconds wall() const { return wall_; }

 private:
  seconds cpu_{};
  seconds wall_{};
};

// A client and its server. The client is forked before the server opens a ring.
class client_and_server {
 public:
  client_and_server(const echo_contender& contender, std::size_t connections)
      : connections_(connections),
        client_(connections),
        server_(contender.start(client_.take_connections())) {}

  // @return Number of requests made, including those before and after the measured ones.
  std::uint64_t exchange(std::uint64_t requests, std::function<void()> on_mark) {
    echo_meter meter(requests, 2 * connections_, std::move(on_mark));
    client_.begin(meter.requests());
    try {
      server_->serve(meter);
    } catch (const std::exception& failure) {
      throw std::runtime_error(failure.what() + ("; the client: " + client_.failure()));
    }
    client_.await_end();
    return meter.requests();
  }

  // Warms up caches, allocators, connections, and the read policy of each native socket.
  void warm_up() {
    exchange((is_smoke_test() ? 2 : 150) * connections_, [] {});
  }

 private:
  const std::size_t connections_;
  echo_client client_;
  std::unique_ptr<any_echo_server> server_;
};

void time_requests(benchmark::State& state, const echo_contender& contender,
                   std::size_t connections) {
  const std::uint64_t batch = is_smoke_test() ? 500 : 10'000;
  client_and_server both(contender, connections);
  both.warm_up();
  seconds cpu{};
  seconds wall{};
  std::uint64_t measured = 0;
  std::uint64_t made = 0;  // including those before and after the measured ones
  const ring_counts before = count_in_rings();
  while (state.KeepRunningBatch(batch)) {
    stopwatch watch;
    made += both.exchange(batch, [&watch] { watch.mark(); });
    measured += batch;
    cpu += watch.cpu();
    wall += watch.wall();
    state.SetIterationTime(watch.cpu().count());
  }
  const ring_counts in_rings = count_in_rings().since(before);
  if (contender.is_on_backend) expect_backend();

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
double system_calls_per_request(const echo_contender& contender, std::size_t connections) {
  const std::uint64_t requests = is_smoke_test() ? 200 : 2000;
  const auto calls = counting::traced_system_calls([&] {
    client_and_server both(contender, connections);
    both.warm_up();
    both.exchange(requests, counting::mark);
  });
  return static_cast<double>(calls.all_system_calls()) / static_cast<double>(requests);
}

void measure(benchmark::State& state, const echo_contender& contender, std::size_t connections) {
  time_requests(state, contender, connections);
  if (is_without_tracing()) return;
  try {
    state.counters["system_calls"] = system_calls_per_request(contender, connections);
  } catch (const counting::tracing_is_forbidden& reason) {
    leave_out(std::string("system calls, which cannot be counted: ") + reason.what());
  }
}

}  // namespace

void register_entries() {
  if (is_without_tracing()) leave_out("system calls, as counting them takes as long as the rest");
  if (!can_have_a_client()) return;
  for (const std::size_t connections : {16, 64, 256}) {
    for (const echo_contender& contender : echo_contenders()) {
      register_entry("echo_cpu/" + std::to_string(connections) + "/" + std::string(contender.name),
                     [=](benchmark::State& state) { measure(state, contender, connections); });
    }
  }
}

}  // namespace timed::bench
