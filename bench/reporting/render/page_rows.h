// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Texts and table rows that several sections of the page have in common, as values for the
// templates.

#ifndef TIMED_BENCH_REPORTING_RENDER_PAGE_ROWS_H
#define TIMED_BENCH_REPORTING_RENDER_PAGE_ROWS_H

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/model/suites.h"

namespace timed::bench {

/// @return The figure with a typographic minus sign, and a dash between the ends of an interval.
std::string figure(std::string_view text);

/// @return The text with spaces between figures and units that do not break.
std::string prose(std::string_view text);

/// @return "async_write_some, 1,000 other deadlines"
std::string group_text(const suite& about, std::string_view group);

/// @return The class in the style sheet.
std::string_view class_of(contender_kind kind);

/// @return Values for comparisons.html; null without rows.
boost::json::value comparison_table(const std::vector<const comparison*>& comparisons);

/// @return Values for change_table.html: the changes that are significant, or the others; null
/// without
///     rows.
boost::json::value change_table(const changes& found, bool significant);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_PAGE_ROWS_H
