// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The tables of a report, and its text for a terminal. No I/O.

#ifndef TIMED_BENCH_REPORTING_TABLE_H
#define TIMED_BENCH_REPORTING_TABLE_H

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/reporting/comparisons.h"
#include "bench/reporting/report_data.h"
#include "bench/reporting/suites.h"

namespace timed::bench {

struct table_cell {
  std::string value = {};     ///< The median; "-" if there is none.
  std::string interval = {};  ///< "+14 .. +16"; empty if none is shown.
};

struct table_row {
  std::vector<std::string> parts = {};  ///< Of the name; empty if the same as in the row above.
  std::string contender = {};
  contender_kind kind;
  std::vector<table_cell> cells = {};  ///< Empty if it failed in each round.
  /// A restriction of the figures: "did not keep the rate in 2 of 9 rounds"
  std::string remark = {};
};

/// One suite on one backend.
struct suite_table {
  std::vector<std::string> part_headings = {};
  std::vector<column> columns = {};
  std::vector<table_row> rows = {};
};

suite_table make_table(const measured_program& program);

/// "1,234,567"; other texts than whole numbers are unchanged.
std::string with_thousands(std::string_view digits);

/// A value in the format of its column: "+15", "0.98", "1,234".
std::string figure_text(const column& counter, double value);

/// Both ends of an interval: "+14 .. +16".
std::string interval_text(const column& counter, double low, double high);

/// "96 %": the confidence of the intervals of single figures, by the number of rounds.
std::string confidence_text(std::size_t rounds);

/// "99 %": the confidence of the intervals of differences.
std::string confidence_of_differences();

/// A text on the machine's speed in both runs, and its correction.
std::string drift_text(const changes& found);

/// "+3.1 % (+2.5 .. +4.0)"
std::string change_text(const change& change);

/// Conditions that affect the figures, as keys and values.
std::vector<std::pair<std::string, std::string>> environment_of(const report_data& data);

/// Disturbances of a run.
struct disturbance_summary {
  std::size_t processes = 0;
  std::size_t disturbed = 0;
  std::vector<std::string> examples = {};  ///< "echo_cpu on epoll, round 3: ..."
  std::vector<aa_check> aa_checks = {};

  /// Whether the run exceeds the bounds.
  bool is_disturbed() const;
};

disturbance_summary disturbances_in(const report_data& data);

/// All tables, the comparisons, the disturbances and the environment, for a terminal.
/// @param against The changes since an earlier run; null if it is not compared to one.
std::string report_text(const report_data& data, const changes* against);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_TABLE_H
