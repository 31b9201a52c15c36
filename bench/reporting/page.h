// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The report as one HTML page that needs nothing else: no network, no scripts.

#ifndef TIMED_BENCH_REPORTING_PAGE_H
#define TIMED_BENCH_REPORTING_PAGE_H

#include <map>
#include <string>
#include <vector>

#include "bench/reporting/comparisons.h"
#include "bench/reporting/report_data.h"

namespace timed::bench {

struct page_input {
  const report_data& data;
  const changes* against = nullptr;  ///< Since an earlier run; null if it is not compared to one.
  std::string against_path = {};
  std::string values_path = "report.json beside it";  ///< Where the values are that it shows.
  /// By suite, as SVG.
  std::map<std::string, std::vector<std::string>> plots = {};
  std::string plots_missing = {};  ///< A sentence that says why; empty if none is.
};

std::string make_page(const page_input& input);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_PAGE_H
