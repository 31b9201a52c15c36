// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_PUBLISH_WRAPPED_H
#define TIMED_BENCH_REPORTING_PUBLISH_WRAPPED_H

#include <string>
#include <string_view>

namespace timed::bench {

/// @return The Markdown text with paragraphs and items of lists wrapped at 100 columns.
std::string wrapped_markdown(std::string_view text);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_PUBLISH_WRAPPED_H
