// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Runs the programs, round by round.

#ifndef TIMED_BENCH_REPORTING_MEASURE_H
#define TIMED_BENCH_REPORTING_MEASURE_H

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/reporting/plan.h"
#include "bench/reporting/report_data.h"
#include "bench/reporting/result.h"

namespace timed::bench {

struct measure_options {
  bool quick = true;
  std::string filter = {};  ///< Empty: what the mode says.
  std::size_t rounds = 0;
  double min_time_s = 0;
  double budget_s = 0;  ///< No round is begun that would not end within it; 0 is no limit.
  std::filesystem::path folder = {};  ///< For what a program is writing.
};

/// A program and what is to be run of it.
struct selected_program {
  program which;
  std::string filter = {};
  std::vector<std::string> entries = {};  ///< Their names.
  std::size_t entries_left_out = 0;
  std::vector<std::string> left_out = {};  ///< What it says of what cannot be had here.
  std::string failure = {};                ///< Why it does not say what it has.
};

/// Asks each program what it has.
/// @return An error if the filter is none, or leaves nothing.
result<std::vector<selected_program>> select_entries(const std::vector<program>& programs,
                                                     const measure_options& options);

/// Runs them, with a progress display on stderr, until all rounds are done, the time is up or there
/// is an interrupt. Programs that fail are not run again; the others go on.
/// @param data Gets programs, rounds, and why it has stopped.
void measure(const std::vector<selected_program>& programs, const measure_options& options,
             report_data& data);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_MEASURE_H
