// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_RENDER_TEXT_H
#define TIMED_BENCH_REPORTING_RENDER_TEXT_H

#include <cstddef>
#include <string>
#include <string_view>

#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/model/report_data.h"

namespace timed::bench {

/// All tables, the comparisons, the disturbances and the environment, for a terminal.
/// @param against The changes since an earlier run; null if it is not compared to one.
std::string report_text(const report_data& data, const changes* against);

/// @param indentation Of each line but the first.
/// @return The text with line breaks instead of spaces, so that no line has more columns unless a
///     word does.
std::string wrapped(std::string_view text, std::size_t columns, std::string_view indentation = "");

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_TEXT_H
