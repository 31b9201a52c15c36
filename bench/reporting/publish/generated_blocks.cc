// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/publish/generated_blocks.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace timed::bench {
namespace {

using lines = std::vector<std::string_view>;
using line_iterator = lines::const_iterator;

constexpr std::string_view begin_mark = "<!-- generated from";
constexpr std::string_view template_end_mark = "-->";
constexpr std::string_view end_mark = "<!-- end -->";

// Returns the path in a line that names results; empty for other lines.
std::string results_named_in(std::string_view line) {
  if (!absl::ConsumePrefix(&line, "<!-- results: ") || !absl::ConsumeSuffix(&line, " -->")) {
    return "";
  }
  return std::string(line);
}

// Returns whether a line has a number with the unit of a result: "4 ns", "12 %", "1.84 times".
bool has_figure(std::string_view line) {
  for (const std::string_view unit : {"ns", "us", "%", "times"}) {
    for (auto at = line.find(unit); at != line.npos; at = line.find(unit, at + 1)) {
      const std::string_view number = absl::StripTrailingAsciiWhitespace(line.substr(0, at));
      const std::string_view after = line.substr(at + unit.size());
      const bool is_word = after.empty() || !absl::ascii_isalnum(after.front());
      if (is_word && !number.empty() && absl::ascii_isdigit(number.back())) return true;
    }
  }
  return false;
}

// Describes the first difference of two texts.
std::string first_difference(std::string_view was, std::string_view is) {
  const lines before = absl::StrSplit(was, '\n');
  const lines now = absl::StrSplit(is, '\n');
  const auto [old_line, new_line] =
      std::mismatch(before.begin(), before.end(), now.begin(), now.end());
  const auto quoted = [](const lines& all, line_iterator line) {
    return line == all.end() ? "nothing" : absl::StrCat("\"", *line, "\"");
  };
  return absl::StrCat("has ", quoted(before, old_line), " instead of ", quoted(now, new_line));
}

class document_reader {
 public:
  document_reader(std::string_view document, const block_writer& write)
      : lines_(absl::StrSplit(document, '\n')), write_(write) {}

  regenerated read() {
    bool is_code = false;
    for (line_iterator line = lines_.begin(); line != lines_.end();) {
      if (absl::StartsWith(*line, "```")) is_code = !is_code;
      if (!is_code && *line == begin_mark) {
        line = read_block(line);
        continue;
      }
      if (const std::string named = results_named_in(*line); !is_code && !named.empty()) {
        results_ = named;
      } else if (!is_code && !results_.empty() && has_figure(*line)) {
        add_error(line, absl::StrCat("\"", *line,
                                     "\" has a figure outside of a generated block, which may "
                                     "become stale: put the text into a block's template"));
      }
      out_.emplace_back(*line++);
    }
    found_.text = absl::StrJoin(out_, "\n");
    return std::move(found_);
  }

 private:
  void add_error(line_iterator line, std::string what) {
    found_.errors.push_back({number_of(line), std::move(what)});
  }

  std::size_t number_of(line_iterator line) const {
    return static_cast<std::size_t>(line - lines_.begin()) + 1;
  }

  // Returns the line after the block.
  line_iterator read_block(line_iterator begin) {
    const auto next_begin = std::find(begin + 1, lines_.end(), begin_mark);
    const auto template_end = std::find(begin, next_begin, template_end_mark);
    const auto end = std::find(template_end, next_begin, end_mark);
    if (end == next_begin) {
      add_error(begin, absl::StrCat("the block has no line ",
                                    template_end == next_begin ? template_end_mark : end_mark));
      out_.insert(out_.end(), begin, next_begin);
      return next_begin;
    }
    const std::string was = absl::StrJoin(template_end + 1, end, "\n");
    out_.insert(out_.end(), begin, template_end + 1);
    out_.push_back(text_of_block(begin, absl::StrJoin(begin + 1, template_end, "\n"), was));
    out_.emplace_back(*end);
    return end + 1;
  }

  std::string text_of_block(line_iterator begin, const std::string& from, const std::string& was) {
    if (results_.empty()) {
      add_error(begin, "no line <!-- results: PATH --> above names the results of this block");
      return was;
    }
    const result<std::string> is = write_(results_, from);
    if (!is.has_value()) {
      add_error(begin, is.error().message);
      return was;
    }
    if (*is != was) {
      found_.stale.push_back({number_of(begin), first_difference(was, *is)});
    }
    return *is;
  }

  const lines lines_;
  const block_writer& write_;
  std::string results_ = {};
  std::vector<std::string> out_ = {};
  regenerated found_ = {};
};

}  // namespace

regenerated regenerate(std::string_view document, const block_writer& write) {
  return document_reader(document, write).read();
}

}  // namespace timed::bench
