// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The report as one HTML page without external resources or scripts.

#ifndef TIMED_BENCH_REPORTING_RENDER_PAGE_H
#define TIMED_BENCH_REPORTING_RENDER_PAGE_H

#include <string>

#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/model/report_data.h"

namespace timed::bench {

struct page_input {
  const report_data& data;
  const changes* against = nullptr;  ///< Changes since an earlier run; null without one.
  std::string against_path = {};
  std::string values_path = "report.json beside it";  ///< File with the values of the page.
};

std::string make_page(const page_input& input);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_PAGE_H
