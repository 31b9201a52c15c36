// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_RENDER_PAGE_SUITES_H
#define TIMED_BENCH_REPORTING_RENDER_PAGE_SUITES_H

#include <boost/json/array.hpp>

#include "bench/reporting/model/report_data.h"

namespace timed::bench {

/// @return Values for suite.html: for each suite its question, plots, and a table for each backend.
boost::json::array suite_sections(const report_data& data);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_PAGE_SUITES_H
