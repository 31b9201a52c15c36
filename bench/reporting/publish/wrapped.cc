// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/publish/wrapped.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "bench/reporting/render/text.h"

namespace timed::bench {
namespace {

constexpr std::size_t columns_max = 100;

bool begins_item(std::string_view line) {
  return absl::StartsWith(line, "- ");
}

// Tables, headings, HTML and empty lines stay as they are.
bool is_paragraph(std::string_view line) {
  return !line.empty() && !absl::StrContains("|#<", line.front());
}

}  // namespace

std::string wrapped_markdown(std::string_view text) {
  std::vector<std::string> out;
  std::string paragraph;
  const auto end_paragraph = [&] {
    if (paragraph.empty()) return;
    out.push_back(wrapped(paragraph, columns_max, begins_item(paragraph) ? "  " : ""));
    paragraph.clear();
  };
  for (const std::string_view line : absl::StrSplit(text, '\n')) {
    if (!is_paragraph(line) || begins_item(line)) end_paragraph();
    if (is_paragraph(line)) {
      absl::StrAppend(&paragraph, paragraph.empty() ? "" : " ", absl::StripAsciiWhitespace(line));
    } else {
      out.emplace_back(line);
    }
  }
  end_paragraph();
  return absl::StrJoin(out, "\n");
}

}  // namespace timed::bench
