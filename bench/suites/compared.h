// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Batches of writes that are compared side by side: of a contender, of the same contender without a
// deadline ("untimed"), and of the socket ("raw"), on the same connection. The speed of a shared
// machine changes by more than a deadline costs from one second to the next, but not within one
// comparison.

#ifndef TIMED_BENCH_SUITES_COMPARED_H
#define TIMED_BENCH_SUITES_COMPARED_H

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <random>
#include <ranges>
#include <type_traits>
#include <vector>

#include "bench/contenders/asio/plain_socket.h"
#include "bench/harness/expect_backend.h"

namespace timed::bench {

// The three loops, all on one stream.
template <class Contender, template <class Any> class Loop>
class loops {
 public:
  // @param arguments Constructor arguments of each loop.
  explicit loops(auto&&... arguments)
      : contender_(arguments...), untimed_(arguments...), raw_(arguments...) {}

  auto& contender() {
    contender_.set_deadlines(true);
    return contender_;
  }
  auto& untimed() {
    if constexpr (is_its_own_untimed) {
      contender_.set_deadlines(false);
      return contender_;
    } else {
      return untimed_;
    }
  }
  auto& raw() { return raw_; }

 private:
  static constexpr bool is_its_own_untimed = std::is_same_v<typename Contender::untimed, Contender>;
  struct none {
    explicit none(auto&&...) {}
  };

  Loop<Contender> contender_;
  [[no_unique_address]] std::conditional_t<is_its_own_untimed, none,
                                           Loop<typename Contender::untimed>>
      untimed_;
  Loop<contenders::plain_socket> raw_;
};

enum part : std::size_t { contender, untimed, raw };

struct batches {
  std::size_t writes;           // of each batch
  std::size_t warm_up = 4;      // batches of each part before the measured ones
  std::size_t comparisons = 1;  // in each iteration of Google Benchmark
};

// Nanoseconds per write, one value of each for a comparison.
struct compared_times {
  std::vector<double> contender_ns = {};
  std::vector<double> untimed_ns = {};
  std::vector<double> raw_ns = {};
};

// Compares batches in some order and then in the reverse one.
// @param all Has `contender()`, `untimed()` and `raw()`, which run a batch of so many writes and
//     return its time in nanoseconds per write.
template <class Compared>
compared_times compare_batches(benchmark::State& state, Compared& all, const batches& of) {
  const auto batch_of = [&](part which) {
    return which == contender ? all.contender() : which == untimed ? all.untimed() : all.raw();
  };
  std::array order = {contender, untimed, raw};
  std::minstd_rand random(1);
  for (std::size_t i = 0; i < of.warm_up; ++i) {  // caches, allocators and the connection's window
    for (const part part : order) batch_of(part);
  }

  compared_times times;
  // Google Benchmark gets the number of writes of all batches, and the contender's time for as
  // many. The CPU time that it measures itself is that of all three, and of the peer that reads.
  const std::size_t writes = 2 * order.size() * of.writes;
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(writes * of.comparisons))) {
    double taken_ns = 0;
    for (std::size_t i = 0; i < of.comparisons; ++i) {
      std::ranges::shuffle(order, random);
      std::array<double, order.size()> time{};
      for (const part part : order) time[part] += batch_of(part) / 2;
      for (const part part : std::views::reverse(order)) time[part] += batch_of(part) / 2;
      taken_ns += time[contender] * static_cast<double>(writes);
      times.contender_ns.push_back(time[contender]);
      times.untimed_ns.push_back(time[untimed]);
      times.raw_ns.push_back(time[raw]);
    }
    state.SetIterationTime(taken_ns * 1e-9);
  }
  expect_backend();
  return times;
}

// @return The differences of all comparisons.
inline std::vector<double> differences(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> all(a.size());
  std::ranges::transform(a, b, all.begin(), std::minus());
  return all;
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUITES_COMPARED_H
