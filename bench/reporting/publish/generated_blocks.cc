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
constexpr std::string_view code_mark = "```";

// Returns whether the line is a mark, or was meant to be one, that begins something.
bool is_like_begin(std::string_view line) {
  return absl::StartsWith(line, "<!-- generated") || absl::StartsWith(line, "<!-- results:");
}

bool is_like_end(std::string_view line) {
  return absl::StripTrailingAsciiWhitespace(line) == end_mark;
}

// Returns the path in a line that names results; empty for other lines.
std::string results_named_in(std::string_view line) {
  if (!absl::ConsumePrefix(&line, "<!-- results: ") || !absl::ConsumeSuffix(&line, " -->")) {
    return "";
  }
  return std::string(line);
}

bool is_alphanumeric(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}
bool is_digit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}

// Returns whether a text has a number with the unit of a result: "4 ns", "12 %", "1.84 times".
bool has_figure(std::string_view text) {
  for (const std::string_view unit : {"ns", "us", "µs", "ms", "%", "times"}) {
    for (auto at = text.find(unit); at != text.npos; at = text.find(unit, at + 1)) {
      const std::string_view number = absl::StripTrailingAsciiWhitespace(text.substr(0, at));
      const std::string_view after = text.substr(at + unit.size());
      const bool is_word = after.empty() || !is_alphanumeric(after.front());
      if (is_word && !number.empty() && is_digit(number.back())) return true;
    }
  }
  return false;
}

// Describes the first difference: "old" -> "new".
std::string first_difference(const lines& old_text, const lines& new_text) {
  const auto [old_line, new_line] =
      std::mismatch(old_text.begin(), old_text.end(), new_text.begin(), new_text.end());
  const auto quoted = [](const lines& all, line_iterator line) {
    return line == all.end() ? "nothing" : absl::StrCat("\"", *line, "\"");
  };
  return absl::StrCat(quoted(old_text, old_line), " -> ", quoted(new_text, new_line));
}

class document_reader {
 public:
  document_reader(std::string_view document, const block_writer& write)
      : lines_(absl::StrSplit(document, '\n')), write_(write) {}

  regenerated read() {
    check_line_ends();
    names_results_ = std::ranges::any_of(
        lines_, [](std::string_view line) { return !results_named_in(line).empty(); });
    line_iterator code_begin = lines_.end();
    for (line_iterator line = lines_.begin(); line != lines_.end();) {
      const bool is_code = code_begin != lines_.end();
      if (!is_code && *line == begin_mark) {
        line = read_block(line);
        continue;
      }
      if (absl::StartsWith(*line, code_mark)) {
        code_begin = is_code ? lines_.end() : line;
      } else if (!is_code) {
        read_line(line);
      }
      out_.emplace_back(*line++);
    }
    if (code_begin != lines_.end()) {
      add_error(code_begin, absl::StrCat("the code has no line ", code_mark, " at its end"));
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

  void check_line_ends() {
    const auto line = std::ranges::find_if(
        lines_, [](std::string_view text) { return absl::StrContains(text, '\r'); });
    if (line != lines_.end()) {
      add_error(line, "there is a carriage return: lines have to end in \\n alone");
    }
  }

  // Reads a line of text, outside of blocks and code.
  void read_line(line_iterator line) {
    if (const std::string named = results_named_in(*line); !named.empty()) {
      results_ = named;
    } else if (is_like_begin(*line)) {
      add_error(line, absl::StrCat("\"", *line, "\" is neither ", begin_mark,
                                   " nor <!-- results: PATH -->"));
    } else if (is_like_end(*line)) {
      add_error(line, absl::StrCat(end_mark, " does not end a block"));
    } else if (names_results_ && has_figure(with_end_of_previous(line))) {
      add_error(line, absl::StrCat("\"", *line,
                                   "\" has a figure outside of a generated block, which may "
                                   "become stale: put the text into a block's template"));
    }
  }

  // A unit may be on the line after its number.
  std::string with_end_of_previous(line_iterator line) const {
    if (line == lines_.begin()) return std::string(*line);
    const std::string_view previous = absl::StripTrailingAsciiWhitespace(*(line - 1));
    return absl::StrCat(previous.substr(previous.empty() ? 0 : previous.size() - 1), " ", *line);
  }

  // Returns the line after the block.
  line_iterator read_block(line_iterator begin) {
    const auto next_begin = std::find_if(begin + 1, lines_.end(), is_like_begin);
    const auto template_end = std::find(begin, next_begin, template_end_mark);
    const auto end = std::find(template_end, next_begin, end_mark);
    if (end == next_begin) {
      add_error(begin, absl::StrCat("the block has no line ",
                                    template_end == next_begin ? template_end_mark : end_mark));
      out_.insert(out_.end(), begin, next_begin);
      return next_begin;
    }
    out_.insert(out_.end(), begin, template_end + 1);
    add_text_of_block(begin, absl::StrJoin(begin + 1, template_end, "\n"),
                      lines(template_end + 1, end));
    out_.emplace_back(*end);
    return end + 1;
  }

  void add_text_of_block(line_iterator begin, const std::string& from, const lines& old_text) {
    const result<std::string> written =
        results_.empty()
            ? result<std::string>(
                  failed("no line <!-- results: PATH --> above names the results of this block"))
            : write_(results_, from);
    if (!written.has_value()) {
      add_error(begin, written.error().message);
      out_.insert(out_.end(), old_text.begin(), old_text.end());
      return;
    }
    const lines new_text = written->empty() ? lines() : lines(absl::StrSplit(*written, '\n'));
    if (new_text != old_text) {
      found_.stale.push_back({number_of(begin), first_difference(old_text, new_text)});
    }
    out_.insert(out_.end(), new_text.begin(), new_text.end());
  }

  const lines lines_;
  const block_writer& write_;
  bool names_results_ = false;
  std::string results_ = {};
  std::vector<std::string> out_ = {};
  regenerated found_ = {};
};

}  // namespace

regenerated regenerate(std::string_view document, const block_writer& write) {
  return document_reader(document, write).read();
}

}  // namespace timed::bench
