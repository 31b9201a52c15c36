// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Figures of a run by name.
//
// A name is BACKEND:ENTRY:COUNTER, such as epoll:write_latency/tcp/64/timed:p99_ns.
//
// - Without a counter, it is the one that comparisons of the suite use first.
// - Without a backend, it stands for one figure on each of the three.
// - "0,1000" instead of a part of the entry's name, or of the backend, is one figure for each; "*"
//   is one for all of them, a range.

#ifndef TIMED_BENCH_REPORTING_PUBLISH_FIGURE_CELLS_H
#define TIMED_BENCH_REPORTING_PUBLISH_FIGURE_CELLS_H

#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/model/report_data.h"
#include "bench/reporting/model/suites.h"

namespace timed::bench {

/// One figure, or a range if there are several entries.
struct figure_cell {
  column counter = {};
  std::vector<const measured_program*> programs = {};
  std::vector<const measured_entry*> entries = {};  ///< Of these programs. Empty: not measured.
};

/// @throws std::invalid_argument if the name is malformed, or the run has none of the figures.
std::vector<figure_cell> cells_named(const report_data& data, std::string_view name);

/// How figures are written.
struct figure_style {
  bool in_us = false;  ///< Nanoseconds as microseconds, with three digits.
  bool with_interval = false;
};

/// @return "4", "-2 to 3" for a range, "4 (-2 to 8)" with its interval; empty if not measured.
/// @throws std::invalid_argument if the style is impossible for the figure.
std::string cell_text(const figure_cell& cell, const figure_style& style);

/// @return The difference of two figures, or the range of the differences.
/// @throws std::invalid_argument if they are not of the same backends and groups of entries, or if
///     the style is impossible for a difference.
std::string difference_text(const figure_cell& cell, const figure_cell& minus,
                            const figure_style& style);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_PUBLISH_FIGURE_CELLS_H
