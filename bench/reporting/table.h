// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The report's text, made from results: no I/O.

#ifndef TIMED_BENCH_REPORTING_TABLE_H
#define TIMED_BENCH_REPORTING_TABLE_H

#include <map>
#include <string>
#include <string_view>

#include "bench/reporting/results.h"

namespace timed::bench {

/// Percentiles of each entry of write_latency, medians of its repetitions.
std::string write_latency_table(std::string_view backend, const program_results& results);

/// What each entry of timeout_overhead adds to a write without a deadline: the median of its
/// repetitions, and the interval that has the true median in it with 95 % confidence.
std::string timeout_overhead_table(std::string_view backend, const program_results& results);

/// The time of a round trip in each entry of round_trip.
std::string round_trip_table(std::string_view backend, const program_results& results);

/// What each entry of expiry_storm took.
std::string expiry_storm_table(std::string_view backend, const program_results& results);

/// What each entry of echo_cpu took per request.
std::string echo_cpu_table(std::string_view backend, const program_results& results);

/// What the timed server of echo_cpu takes on io_uring_native, and by how much that differs from
/// the others: a line for each number of connections. Empty where there is nothing to compare.
std::string echo_cpu_comparison(
    const std::map<std::string, const program_results*>& results_by_backend);

/// The machine and the versions.
std::string environment_block(const program_results& results);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_TABLE_H
