// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/publish/wrapped.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

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

std::vector<std::string> wrapped_paragraph(std::string_view text) {
  const std::string_view indentation = begins_item(text) ? "  " : "";
  std::vector<std::string> lines;
  for (const std::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (lines.empty()) {
      lines.emplace_back(word);
    } else if (lines.back().size() + 1 + word.size() <= columns_max) {
      absl::StrAppend(&lines.back(), " ", word);
    } else {
      lines.push_back(absl::StrCat(indentation, word));
    }
  }
  return lines;
}

}  // namespace

std::string wrapped_markdown(std::string_view text) {
  std::vector<std::string> out;
  std::string paragraph;
  const auto end_paragraph = [&] {
    for (std::string& line : wrapped_paragraph(paragraph)) out.push_back(std::move(line));
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
