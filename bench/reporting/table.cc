// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/table.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "bench/reporting/comparisons.h"
#include "bench/reporting/machine_load.h"
#include "bench/reporting/report_data.h"
#include "bench/reporting/suites.h"
#include "bench/support/statistics.h"

namespace timed::bench {
namespace {

// Replaces typographic signs by ASCII, for a terminal.
std::string plain(std::string_view text) {
  return absl::StrReplaceAll(text, {{"“", "\""}, {"”", "\""}, {"’", "'"}, {"−", "-"}, {"…", ".."}});
}

std::string unit_in_brackets(const column& column) {
  return column.unit.empty() ? "" : absl::StrCat(", ", column.unit);
}

table_cell make_cell(const measured_entry& entry, const column& counter) {
  const std::vector<double> samples = entry.samples(counter.counter);
  if (samples.empty()) return {"-", ""};
  table_cell cell{figure_text(counter, median(samples)), ""};
  if (counter.has_interval) {
    const interval bounds = median_interval(samples, target_confidence);
    cell.interval = interval_text(counter, bounds.low, bounds.high);
  }
  return cell;
}

std::size_t rounds_of(const measured_program& program) {
  return program.rounds.size();
}

// Below it, the server's batches are not those of a busy server.
constexpr double server_busy_least = 0.9;

// Counts the rounds in which a counter satisfies a condition.
template <class Holds>
std::size_t count_rounds(const measured_entry& entry, std::string_view counter,
                         const Holds& holds) {
  const std::vector<double> samples = entry.samples(counter);
  return static_cast<std::size_t>(std::count_if(samples.begin(), samples.end(), holds));
}

std::string remark_of(const measured_program& program, const measured_entry& entry) {
  std::size_t measured = 0;
  for (const auto& [counter, values] : entry.values) {
    measured = std::max(measured, entry.samples(counter).size());
  }
  const std::size_t rounds = rounds_of(program);
  std::vector<std::string> all;
  const auto add = [&](std::string_view what, std::size_t in, std::string_view reason = "") {
    if (in != 0)
      all.push_back(absl::StrFormat("%s in %d of %d rounds%s", what, in, rounds, reason));
  };
  add("did not keep the rate",
      count_rounds(entry, "kept_rate", [](double kept) { return kept == 0; }));
  add("its client was disturbed",
      count_rounds(entry, "client_was_late", [](double late) { return late == 1; }));
  add("the server waited for its client",
      count_rounds(entry, "server_busy", [](double busy) { return busy < server_busy_least; }));
  if (!entry.error.empty()) {
    add("FAILED", rounds - std::min(measured, rounds), absl::StrCat(": ", entry.error));
  }
  return absl::StrJoin(all, "; ");
}

// Breaks lines at spaces.
std::string wrapped(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t column = 0;
  for (const std::string_view word : absl::StrSplit(text, ' ')) {
    if (column != 0 && column + 1 + word.size() > width) {
      out += '\n';
      column = 0;
    }
    if (column != 0) {
      out += ' ';
      ++column;
    }
    absl::StrAppend(&out, word);
    column += word.size();
  }
  return out;
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
      program.suite, program.backend, plain(about.title), rounds_of(program),
      confidence_text(rounds_of(program)));
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

std::string with_thousands(std::string_view digits) {
  if (!std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit)) return std::string(digits);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string figure_text(const column& counter, double value) {
  if (std::abs(value) < 0.5 * std::pow(10, -counter.places)) value = 0;  // never "-0"
  const std::string text = counter.signs ? absl::StrFormat("%+.*f", counter.places, value)
                                         : absl::StrFormat("%.*f", counter.places, value);
  return std::abs(value) < 10'000 ? text : with_thousands(text);
}

std::string interval_text(const column& counter, double low, double high) {
  return absl::StrCat(figure_text(counter, low), " .. ", figure_text(counter, high));
}

std::string confidence_text(std::size_t rounds) {
  const double confidence =
      rounds == 0 ? 0
                  : median_interval(std::vector<double>(rounds, 0), target_confidence).confidence;
  return absl::StrFormat("%.0f %%", confidence * 100);
}

std::string confidence_of_differences() {
  return absl::StrFormat("%.0f %%", 100 * (1 - false_positive_rate));
}

suite_table make_table(const measured_program& program) {
  const suite& about = describe_suite(program.suite);
  suite_table table{.part_headings = about.parts, .columns = columns_of(program), .rows = {}};
  // Without the suite's name, which is the first part, and the contender, which is the last.
  std::size_t parts = 0;
  for (const measured_entry& entry : program.entries) {
    parts = std::max(parts, entry.name.size() < 2 ? 0 : entry.name.size() - 2);
  }
  table.part_headings.resize(parts);
  std::vector<std::string> above;
  for (const measured_entry& entry : program.entries) {
    const contender named_contender = describe_contender(entry.contender());
    table_row row{.parts = {},
                  .contender = named_contender.name,
                  .kind = named_contender.kind,
                  .cells = {},
                  .remark = remark_of(program, entry)};
    std::vector<std::string> named(entry.name.begin() + 1, std::prev(entry.name.end()));
    named.resize(parts);
    bool same = above.size() == named.size();
    for (std::size_t i = 0; i < parts; ++i) {
      same = same && above[i] == named[i];
      row.parts.push_back(same ? "" : with_thousands(named[i]));
    }
    above = named;
    if (entry.error.empty() || !entry.values.empty()) {
      for (const column& column : table.columns) row.cells.push_back(make_cell(entry, column));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string drift_text(const changes& found) {
  if (!found.drift_is_known) {
    return "The runs have no common rows of the system call send(2), so the change of the "
           "machine's own speed is unknown: differences of some percent may be due to it.";
  }
  return absl::StrFormat(
      "The machine itself was up to %.1f %% slower or faster (the system call send(2) in one of "
      "the programs), and the A/A rows changed by up to %.1f ns%s; this is subtracted from each "
      "difference before the test.",
      100 * found.drift, found.drift_ns,
      found.drift_of_long == 0 ? ""
                               : absl::StrFormat(" (%.2f %% of the write for those above 3 us)",
                                                 100 * found.drift_of_long));
}

std::string change_text(const change& change) {
  const shift& by = change.result.a_minus_b;
  const double percent = change.result.percent();
  if (change.counter.signs || std::isnan(percent)) {
    return absl::StrFormat("%+.1f %s (%+.1f .. %+.1f)", by.estimate, change.counter.unit, by.low,
                           by.high);
  }
  const double one_percent = change.result.median_b / 100;
  return absl::StrFormat("%+.1f %% (%+.1f .. %+.1f)", percent, by.low / one_percent,
                         by.high / one_percent);
}

std::vector<std::pair<std::string, std::string>> environment_of(const report_data& data) {
  std::vector<std::pair<std::string, std::string>> all{
      {"date", data.date},
      {"commit", data.commit.empty() ? "unknown" : data.commit},
      {"command", data.command},
      {"rounds", absl::StrFormat("%d of %d, each a separate process; an entry is measured for at "
                                 "least %g ms; all took %.0f s",
                                 data.rounds_complete(), data.rounds_planned, data.min_time_s * 1e3,
                                 data.took_s)}};
  const text_map* first = nullptr;
  std::map<std::string, std::string> by_backend;
  for (const measured_program& program : data.programs) {
    if (program.context.empty()) continue;
    if (first == nullptr) first = &program.context;
    std::vector<std::string> said;
    for (const std::string_view key : {"backend_active", "liburing_version"}) {
      const auto found = program.context.find(key);
      if (found == program.context.end()) continue;
      said.push_back(absl::StrCat(absl::StrReplaceAll(key, {{"_", " "}}), " ", found->second));
    }
    by_backend[program.backend] = absl::StrJoin(said, ", ");
  }
  if (first == nullptr) return all;
  for (const auto& [key, value] : *first) {
    // Differs between the programs, or is above.
    static const std::vector<std::string_view> left_out = {
        "backend_active",   "backend_built",     "caches",    "date",
        "executable",       "figures_mean",      "host_name", "json_schema_version",
        "liburing_version", "library_build_type"};
    if (std::find(left_out.begin(), left_out.end(), key) != left_out.end()) continue;
    all.emplace_back(key == "library_version" ? "google_benchmark" : key, value);
  }
  for (const auto& [backend, text] : by_backend) {
    all.emplace_back(absl::StrCat("on ", backend), text);
  }
  return all;
}

bool disturbance_summary::is_disturbed() const {
  const bool by_others =
      static_cast<double>(disturbed) >
      disturbance_bounds::disturbed_processes_part * static_cast<double>(processes);
  return by_others || std::any_of(aa_checks.begin(), aa_checks.end(),
                                  [](const aa_check& check) { return !check.holds(); });
}

disturbance_summary disturbances_in(const report_data& data) {
  disturbance_summary found{.examples = {}, .aa_checks = check_aa(data)};
  // A property of the kernel: it shows in some processes, and holds for all.
  bool interrupts_in_cpu_time = false;
  for (const measured_program& program : data.programs) {
    for (const measured_round& round : program.rounds) {
      interrupts_in_cpu_time = interrupts_in_cpu_time || has_interrupts_in_cpu_time(round.load);
    }
  }
  for (const measured_program& program : data.programs) {
    for (const measured_round& round : program.rounds) {
      ++found.processes;
      const std::vector<std::string> ways = disturbances_of(round.load, interrupts_in_cpu_time);
      if (ways.empty()) continue;
      ++found.disturbed;
      found.examples.push_back(absl::StrCat(program.suite, " on ", program.backend, ", round ",
                                            round.round + 1, ": ", absl::StrJoin(ways, ", ")));
    }
  }
  constexpr std::size_t shown = 6;
  if (found.examples.size() > shown) {
    const std::size_t others = found.examples.size() - shown;
    found.examples.resize(shown);
    found.examples.push_back(absl::StrCat("and ", others, " others, in report.json"));
  }
  return found;
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
