// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What does each option of a ring gain? The round trip of round_trip.cc, directly on liburing, with
// one option changed at a time: in a process with one thread, and in one with two, where the kernel
// has to count references to files.

#include <benchmark/benchmark.h>
#include <liburing.h>

#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/contenders/raw_liburing/ping_pong.h"
#include "bench/harness/differences.h"
#include "bench/harness/entry.h"

namespace timed::bench {
namespace {

using contenders::raw_liburing_loop;
using contenders::ring_use;

struct variant {
  std::string_view name;
  ring_use use;
};

constexpr unsigned deferred = contenders::ring_setup().flags;

// No fallback for kernels that do not support the flags.
constexpr contenders::ring_setup with(unsigned flags) {
  return {.flags = flags, .flags_of_old_kernels = flags};
}

constexpr std::array variants{
    variant{"as_ours", {}},
    variant{"no_flags", {.ring = with(0)}},
    variant{"coop_taskrun", {.ring = with(IORING_SETUP_COOP_TASKRUN)}},
    variant{"taskrun_flag", {.ring = with(deferred | IORING_SETUP_TASKRUN_FLAG)}},
    variant{"no_sqarray", {.ring = with(deferred | IORING_SETUP_NO_SQARRAY)}},
    variant{"no_registered_ring", {.ring = {.is_registered = false}}},
    variant{"no_registered_files", {.has_registered_files = false}},
    variant{"no_poll_first", {.polls_first = false}},
    variant{"send", {.writes_through_ring = false}},
};

// A thread that only waits.
class idle_thread {
 private:
  std::mutex mutex_;
  std::condition_variable_any end_;
  std::jthread thread_{[this](const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    end_.wait(lock, stop, [] { return false; });
  }};
};

void measure(benchmark::State& state, const ring_use& use, std::size_t connections) {
  constexpr std::size_t batch = 400;
  raw_liburing_loop changed(connections, use);
  raw_liburing_loop unchanged(connections, {});
  const auto batch_of = [](raw_liburing_loop& loop) { return loop.run(batch).count() / batch; };
  for (int i = 0; i < 4; ++i) {  // warm-up
    batch_of(changed);
    batch_of(unchanged);
  }
  std::vector<double> differences;
  while (state.KeepRunningBatch(2 * batch)) {
    double with = batch_of(changed);
    const double without = (batch_of(unchanged) + batch_of(unchanged)) / 2;
    with = (with + batch_of(changed)) / 2;
    state.SetIterationTime(with * 2 * batch * 1e-9);
    differences.push_back(with - without);
  }
  count_difference(state, "minus_ours", differences);
}

}  // namespace

void register_entries() {
  for (const int threads : {1, 2}) {
    for (const std::size_t connections : {1, 100}) {
      for (const variant& variant : variants) {
        register_entry("ring_flags/threads:" + std::to_string(threads) + "/connections:" +
                           std::to_string(connections) + "/" + std::string(variant.name),
                       [=, &variant](benchmark::State& state) {
                         std::optional<idle_thread> other;
                         if (threads == 2) other.emplace();
                         measure(state, variant.use, connections);
                       });
      }
    }
  }
}

}  // namespace timed::bench
