// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_RENDER_PLOTS_H
#define TIMED_BENCH_REPORTING_RENDER_PLOTS_H

#include <string_view>
#include <vector>

#include "bench/reporting/model/report_data.h"
#include "bench/reporting/render/svg.h"

namespace timed::bench {

/// @return The plots of a suite: percentile curves of its headline entries, and costs against a
///     number such as that of other deadlines.
std::vector<plot> plots_of(const report_data& data, std::string_view suite);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_PLOTS_H
