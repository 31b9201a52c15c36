// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_MODEL_RESULTS_H
#define TIMED_BENCH_REPORTING_MODEL_RESULTS_H

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/model/result.h"

namespace timed::bench {

/// One entry of a benchmark program, with the values of all its repetitions.
struct entry_results {
  std::vector<std::string> name;  ///< Its parts: "write_latency", "tcp", "64", "timed".
  std::map<std::string, std::vector<double>, std::less<>> values;  ///< By counter.
  std::string error;  ///< Why there are none, if it failed.
};

/// Results of one benchmark program, in the order of registration.
struct program_results {
  std::map<std::string, std::string, std::less<>> context;  ///< The environment.
  std::vector<entry_results> entries;
};

/// @return The parts of an entry's name, without those that Google Benchmark appends.
std::vector<std::string> parts_of_name(std::string_view name);

/// @return Whether a counter only describes the measurement. A report does not keep it.
bool is_bookkeeping(std::string_view counter);

/// Reads the output of Google Benchmark with --benchmark_out_format=json.
result<program_results> parse_results(std::string_view json);

/// @return An error if the program did not run on the requested backend.
result<void> check_backend(const program_results& results, std::string_view backend);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_MODEL_RESULTS_H
