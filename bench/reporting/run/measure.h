// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Runs the programs, round by round.

#ifndef TIMED_BENCH_REPORTING_RUN_MEASURE_H
#define TIMED_BENCH_REPORTING_RUN_MEASURE_H

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/reporting/model/report_data.h"
#include "bench/reporting/model/result.h"
#include "bench/reporting/run/plan.h"

namespace timed::bench {

struct measure_options {
  bool quick = true;
  std::string filter = {};       ///< Empty: that of the mode.
  std::string client_host = {};  ///< Empty: this one.
  std::size_t rounds = 0;
  double min_time_s = 0;
  double budget_s = 0;                ///< No round is started that would exceed it; 0 is no limit.
  std::filesystem::path folder = {};  ///< For the partial files of programs.
};

/// A program and its selected entries.
struct selected_program {
  program which;
  std::string filter = {};
  std::vector<std::string> entries = {};  ///< Their names.
  std::size_t entries_left_out = 0;
  std::vector<std::string> left_out = {};  ///< What the program itself leaves out, with reasons.
  std::string failure = {};                ///< Why it could not list its entries.
};

/// Lists the entries of each program and applies the filter.
/// @return An error if the filter is invalid or matches nothing.
result<std::vector<selected_program>> select_entries(const std::vector<program>& programs,
                                                     const measure_options& options);

/// Runs the programs, with a progress display on stderr, until all rounds are done, the budget is
/// used up or an interrupt arrives. Programs that fail are not run again; the others continue.
/// @param data Receives programs, rounds, and the reason why the run has stopped.
void measure(const std::vector<selected_program>& programs, const measure_options& options,
             report_data& data);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RUN_MEASURE_H
