// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The generated parts of a Markdown document.
//
// A line names the results that are shown from there on, as a path in the repository:
//
//     <!-- results: docs/results/NAME.json -->
//
// A block has a template, in a comment, and the text made from it:
//
//     <!-- generated from
//     A write takes {epoll:write_latency/tcp/64/timed in us} us.
//     -->
//     A write takes 3.74 us.
//     <!-- end -->
//
// In a document that names results, figures outside of blocks and code are errors.

#ifndef TIMED_BENCH_REPORTING_PUBLISH_GENERATED_BLOCKS_H
#define TIMED_BENCH_REPORTING_PUBLISH_GENERATED_BLOCKS_H

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/model/result.h"

namespace timed::bench {

/// Makes the text of a block from the path of its results and its template.
using block_writer =
    std::function<result<std::string>(const std::string& results, std::string_view from)>;

/// What is wrong at a line of a document.
struct finding {
  std::size_t line;  ///< From 1.
  std::string what;
};

/// A document with the present text in its blocks.
struct regenerated {
  std::string text = {};
  std::vector<finding> stale = {};  ///< Blocks whose text has changed: "old" -> "new".
  /// Errors that only an edit can fix: malformed marks and templates, whose text is unchanged, and
  /// figures outside of blocks.
  std::vector<finding> errors = {};
};

regenerated regenerate(std::string_view document, const block_writer& write);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_PUBLISH_GENERATED_BLOCKS_H
