// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_RENDER_MARKDOWN_H
#define TIMED_BENCH_REPORTING_RENDER_MARKDOWN_H

#include <string>

#include "bench/reporting/model/report_data.h"

namespace timed::bench {

/// @return A summary in GitHub-flavoured Markdown, for an issue or a pull request: the headline,
/// the
///     headline figures of each suite, the losses to competitors and other backends, and the
///     conditions that decide the figures.
std::string markdown_summary(const report_data& data);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_MARKDOWN_H
