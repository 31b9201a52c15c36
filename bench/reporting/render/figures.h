// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Figures and other values of a report as texts.

#ifndef TIMED_BENCH_REPORTING_RENDER_FIGURES_H
#define TIMED_BENCH_REPORTING_RENDER_FIGURES_H

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/model/report_data.h"
#include "bench/reporting/model/suites.h"

namespace timed::bench {

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

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_FIGURES_H
