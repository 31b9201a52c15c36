// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Text from templates with the figures of a run. docs/results/README.md describes the templates.

#ifndef TIMED_BENCH_REPORTING_PUBLISH_FILL_IN_H
#define TIMED_BENCH_REPORTING_PUBLISH_FILL_IN_H

#include <string>
#include <string_view>

#include "bench/reporting/model/report_data.h"
#include "bench/reporting/model/result.h"

namespace timed::bench {

/// Replaces each {...} in a template, and wraps paragraphs and list items at 100 columns.
/// @return An error if one is malformed, or names a figure that the run does not have.
result<std::string> fill_in(std::string_view text, const report_data& data);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_PUBLISH_FILL_IN_H
