// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_RENDER_PAGE_SUMMARY_H
#define TIMED_BENCH_REPORTING_RENDER_PAGE_SUMMARY_H

#include <boost/json/object.hpp>
#include <vector>

#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/model/report_data.h"

namespace timed::bench {

/// Adds the values for summary.html: who is better, by how much, where we lose, and whether the run
/// can be trusted.
/// @param comparisons All comparisons within the run.
void add_summary(const report_data& data, const std::vector<comparison>& comparisons,
                 boost::json::object& page);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_PAGE_SUMMARY_H
