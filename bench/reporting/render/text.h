// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_RENDER_TEXT_H
#define TIMED_BENCH_REPORTING_RENDER_TEXT_H

#include <string>

#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/model/report_data.h"

namespace timed::bench {

/// All tables, the comparisons, the disturbances and the environment, for a terminal.
/// @param against The changes since an earlier run; null if it is not compared to one.
std::string report_text(const report_data& data, const changes* against);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_TEXT_H
