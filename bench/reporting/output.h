// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_OUTPUT_H
#define TIMED_BENCH_REPORTING_OUTPUT_H

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/reporting/model/report_data.h"
#include "bench/reporting/run/plan.h"

namespace timed::bench {

struct output_options {
  std::filesystem::path folder = {};
  std::string from = {};     ///< File of the data, if it is an earlier run; empty for a new run.
  std::string compare = {};  ///< File of the earlier run to compare with; empty without one.
  bool markdown = false;     ///< Whether to write summary.md, too.
};

/// Prints the tables and writes report.html, report.txt, headline.svg if the run has a headline,
/// and, for a new run, report.json. An earlier run to compare with is kept if its file would be
/// replaced.
/// @return Whether all files could be written.
bool write_report(const report_data& data, const std::optional<report_data>& earlier,
                  const output_options& options);

/// Prints what failed, with a hint at the option that leaves it out.
/// @return Whether anything failed.
bool print_failures(const report_data& data, const std::vector<program>& programs);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_OUTPUT_H
