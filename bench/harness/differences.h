// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_HARNESS_DIFFERENCES_H
#define TIMED_BENCH_HARNESS_DIFFERENCES_H

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/harness/statistics.h"

namespace timed::bench {

/// Sets counters for a difference: its median, and the ends of the median's 95 % confidence
/// interval.
/// @param differences In nanoseconds, each between two consecutive measurements, so that changes of
///     the machine's speed from second to second cancel out.
inline void count_difference(benchmark::State& state, const std::string& name,
                             const std::vector<double>& differences) {
  const interval with_95 = median_interval(differences, 0.95);
  state.counters[name + "_ns"] = median(differences);
  state.counters[name + "_low_ns"] = with_95.low;
  state.counters[name + "_high_ns"] = with_95.high;
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_HARNESS_DIFFERENCES_H
