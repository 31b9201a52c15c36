// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_RENDER_MARKDOWN_H
#define TIMED_BENCH_REPORTING_RENDER_MARKDOWN_H

#include <string>

#include "bench/reporting/model/report_data.h"

namespace timed::bench {

/// Summarises a run for an issue or a pull request: notices, the headline, the headline figures of
/// each suite, losses, and the environment.
/// @return A text in GitHub-flavoured Markdown.
std::string markdown_summary(const report_data& data);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_MARKDOWN_H
