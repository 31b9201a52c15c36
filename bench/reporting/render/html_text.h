// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_RENDER_HTML_TEXT_H
#define TIMED_BENCH_REPORTING_RENDER_HTML_TEXT_H

#include <string>
#include <string_view>

#include "absl/strings/str_replace.h"

namespace timed::bench {

/// @return The text, escaped for HTML and for its attributes.
inline std::string html_escape(std::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_HTML_TEXT_H
