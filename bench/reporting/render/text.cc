// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/text.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "bench/reporting/analyse/disturbances.h"
#include "bench/reporting/model/suites.h"
#include "bench/reporting/render/figures.h"
#include "bench/reporting/render/table.h"

namespace timed::bench {
namespace {

// Replaces typographic signs by ASCII, for a terminal.
std::string plain(std::string_view text) {
  return absl::StrReplaceAll(text, {{"“", "\""}, {"”", "\""}, {"’", "'"}, {"−", "-"}, {"…", ".."}});
}

std::string unit_in_brackets(const column& column) {
  return column.unit.empty() ? "" : absl::StrCat(", ", column.unit);
}

// Columns of text with automatic widths.
class text_columns {
 public:
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // @param left Number of left-aligned columns.
  std::string text(std::size_t left) const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()), 0);
      if (row.size() <= left) continue;  // an error text may be longer than the column
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string out;
    for (const auto& row : rows_) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i) {
        absl::StrAppend(&line, "  ");
        if (i < left) {
          absl::StrAppendFormat(&line, "%-*s", static_cast<int>(widths[i]), row[i]);
        } else {
          absl::StrAppendFormat(&line, "%*s", static_cast<int>(widths[i]), row[i]);
        }
      }
      absl::StrAppend(&out, absl::StripTrailingAsciiWhitespace(line), "\n");
    }
    return out;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string table_text(const measured_program& program) {
  const suite& about = describe_suite(program.suite);
  const suite_table table = make_table(program);
  std::string out = absl::StrFormat(
      "%s on %s: %s\n(each the median of %d rounds, and the %s confidence interval of the "
      "median)\n\n",
      program.suite, program.backend, plain(about.title), program.rounds.size(),
      confidence_text(program.rounds.size()));
  text_columns columns;
  std::vector<std::string> headings = table.part_headings;
  headings.push_back("");
  for (const column& column : table.columns) {
    headings.push_back(absl::StrCat(column.heading, unit_in_brackets(column)));
    if (column.has_interval) headings.push_back("");
  }
  columns.add(headings);
  for (const table_row& row : table.rows) {
    std::vector<std::string> cells = row.parts;
    cells.push_back(row.contender);
    if (row.cells.empty()) absl::StrAppend(&cells.back(), "  ", row.remark);
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      cells.push_back(row.cells[i].value);
      if (table.columns[i].has_interval) cells.push_back(row.cells[i].interval);
    }
    if (!row.cells.empty() && !row.remark.empty()) cells.push_back(row.remark);
    columns.add(cells);
  }
  absl::StrAppend(&out, columns.text(table.part_headings.size() + 1));
  return out;
}

std::string difference_text(const comparison& comparison) {
  const double percent = comparison.result.percent();
  if (comparison.counter.signs || std::isnan(percent)) {
    return absl::StrFormat("%+.0f %s", comparison.result.a_minus_b.estimate,
                           comparison.counter.unit);
  }
  return absl::StrFormat("%+.1f %%", percent);
}

std::string comparisons_text(const report_data& data) {
  const std::vector<comparison> all = compare_within(data);
  if (all.empty()) return "";
  const auto beyond = std::count_if(all.begin(), all.end(), [](const comparison& comparison) {
    return comparison.is_significant();
  });
  std::string out = absl::StrCat(
      "comparisons: ours (", our_contender, ") with the others, and between the backends\n",
      wrapped(
          absl::StrFormat("(by Mann and Whitney's test; %d comparisons, %d significant, with a "
                          "false-positive rate of %.0f %%; comparisons with baselines are in the "
                          "page, as are those of our variants that are not worse)",
                          all.size(), beyond, 100 * false_positive_rate),
          100),
      "\n\n");
  text_columns columns;
  columns.add({"entry", "on", "minus", "of", "", "", ""});
  for (const comparison& comparison : all) {
    if (!comparison.is_of_backends && comparison.kind == contender_kind::baseline) continue;
    if (comparison.is_own_variant() && !comparison.is_loss()) continue;
    columns.add({comparison.is_own_variant() ? absl::StrCat(comparison.group, "/", comparison.ours)
                                             : comparison.group,
                 comparison.backend, comparison.other, plain(comparison.counter.heading),
                 difference_text(comparison),
                 !comparison.is_significant()  ? ""
                 : comparison.ours_is_better() ? "better"
                                               : "WORSE",
                 verdict_text(comparison.result)});
  }
  return out + columns.text(4);
}

std::string changes_text(const changes& found) {
  std::string out = "changes since the earlier run\n";
  const auto append = [&out](const std::string& text) {
    absl::StrAppend(&out, wrapped(text, 100), "\n");
  };
  append(absl::StrFormat(
      "%d figures compared, %d significant, with a false-positive rate of %.0f %%; in brackets are "
      "the %s confidence intervals of the differences",
      found.all.size(), found.significant(), 100 * false_positive_rate,
      confidence_of_differences()));
  append(drift_text(found));
  for (const std::string& difference : found.not_alike) {
    append(absl::StrCat("different: ", difference));
  }
  text_columns columns;
  columns.add({"", "entry", "on", "of", "before", "now", "", ""});
  for (const change& change : found.all) {
    if (!change.is_significant()) continue;
    columns.add({change.is_worse() ? "WORSE" : "better", change.entry, change.backend,
                 plain(change.counter.heading), figure_text(change.counter, change.result.median_b),
                 figure_text(change.counter, change.result.median_a), change_text(change),
                 verdict_text(change.result)});
  }
  if (found.significant() > 0) absl::StrAppend(&out, "\n", columns.text(4));
  return out;
}

std::string disturbances_text(const disturbance_summary& found) {
  std::string out =
      absl::StrFormat("disturbances: %s; %d of %d processes\n\n",
                      found.is_disturbed() ? "DISTURBED above the bounds" : "within the bounds",
                      found.disturbed, found.processes);
  for (const aa_check& check : found.aa_checks) {
    absl::StrAppend(&out, "  ", plain(check.what),
                    absl::StrFormat(": %.1f %s (bound: %.0f)%s\n", check.deviation, check.unit,
                                    check.bound, check.holds() ? "" : "  ABOVE"));
  }
  for (const std::string& example : found.examples) absl::StrAppend(&out, "  ", example, "\n");
  return out;
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t columns, std::string_view indentation) {
  std::string out;
  std::size_t column = 0;
  for (const std::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (column != 0 && column + 1 + word.size() > columns) {
      absl::StrAppend(&out, "\n", indentation);
      column = indentation.size();
    } else if (column != 0) {
      out += ' ';
      ++column;
    }
    absl::StrAppend(&out, word);
    column += word.size();
  }
  return out;
}

std::string report_text(const report_data& data, const changes* against) {
  std::string out;
  for (const std::string& suite : data.suites()) {
    for (const measured_program& program : data.programs) {
      if (program.suite != suite || program.rounds.empty()) continue;
      absl::StrAppend(&out, table_text(program), "\n");
    }
  }
  if (out.empty()) return "";
  if (const std::string text = comparisons_text(data); !text.empty()) {
    absl::StrAppend(&out, text, "\n");
  }
  if (against != nullptr) absl::StrAppend(&out, changes_text(*against), "\n");
  absl::StrAppend(&out, disturbances_text(disturbances_in(data)), "\n");
  if (!data.stopped.empty()) {
    absl::StrAppend(&out, data.interrupted ? "PARTIAL: " : "FEWER ROUNDS: ", data.stopped, "\n\n");
  }
  for (const std::string& item : data.left_out) absl::StrAppend(&out, "left out: ", item, "\n");
  if (!data.left_out.empty()) out += '\n';
  absl::StrAppend(&out, "environment\n\n");
  for (const auto& [key, value] : environment_of(data)) {
    std::string_view heading = key;
    for (const std::string_view line : absl::StrSplit(value, " | ")) {
      absl::StrAppendFormat(&out, "  %-20s%s\n", heading, line);
      heading = "";
    }
  }
  return out;
}

}  // namespace timed::bench
