// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A timed echo server with 16, 64 or 256 busy connections: how much CPU time does it take per
// request? The server runs in this process, on one thread; its client is another process, on a CPU
// of its own, and the same for every contender. What is measured is all that the kernel charges
// this process, threads of the kernel's own that work for it included.
//
// Besides, what went through its rings is counted, and, in a run that is not timed, system calls.

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

#include "bench/contenders/echo_servers.h"
#include "bench/support/cpu_time.h"
#include "bench/support/echo_client.h"
#include "bench/support/echo_meter.h"
#include "bench/support/entry.h"
#include "bench/support/hold_backend.h"
#include "bench/support/ring_counts.h"
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

// A client and its server. The client is forked before the server has any ring.
class pair_of {
 public:
  pair_of(const echo_contender& contender, std::size_t connections)
      : connections_(connections),
        client_(connections),
        server_(contender.start(client_.take_connections())) {}

  // @return How many requests were made, which is somewhat more.
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

  // Caches, allocators and connections get warm, and our sockets, each on its own, learn how reads
  // are best made.
  void warm_up() {
    exchange(150 * connections_, [] {});
  }

 private:
  const std::size_t connections_;
  echo_client client_;
  std::unique_ptr<any_echo_server> server_;
};

void time_requests(benchmark::State& state, const echo_contender& contender,
                   std::size_t connections) {
  constexpr std::uint64_t batch = 10'000;
  pair_of both(contender, connections);
  both.warm_up();
  seconds cpu{};
  seconds wall{};
  std::uint64_t measured = 0;
  std::uint64_t made = 0;  // with those before and behind the measured ones
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
  if (contender.is_on_backend) hold_backend();

  state.counters["requests_per_s"] = static_cast<double>(measured) / wall.count();
  state.counters["server_busy"] = cpu / wall;
  if (in_rings.has_rings) {
    const auto of = static_cast<double>(made);
    state.counters["submissions"] = in_rings.submissions / of;
    state.counters["completions"] = in_rings.completions / of;
  }
}

// In a process of its own, where each call takes longer: so more requests may be waiting for the
// server than where it is timed, and be taken in one go, or found by a try.
double system_calls_per_request(const echo_contender& contender, std::size_t connections) {
  constexpr std::uint64_t requests = 2000;
  const auto calls = counting::traced_system_calls([&] {
    pair_of both(contender, connections);
    both.warm_up();
    both.exchange(requests, counting::mark);
  });
  return static_cast<double>(calls.all_system_calls()) / requests;
}

void measure(benchmark::State& state, const echo_contender& contender, std::size_t connections) {
  time_requests(state, contender, connections);
  if (is_without_tracing()) return;
  try {
    state.counters["system_calls"] = system_calls_per_request(contender, connections);
  } catch (const counting::tracing_is_forbidden& why) {
    leave_out(std::string("system calls, which are not counted: ") + why.what());
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
