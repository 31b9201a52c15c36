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

// The page has typographic signs, a terminal's table plain ones.
std::string plain(std::string_view text) {
  return absl::StrReplaceAll(text, {{"“", "\""}, {"”", "\""}, {"’", "'"}, {"−", "-"}, {"…", ".."}});
}

std::string unit_in_brackets(const column& each) {
  return each.unit.empty() ? "" : absl::StrCat(", ", each.unit);
}

table_cell make_cell(const measured_entry& entry, const column& counter) {
  const std::vector<double> samples = entry.samples(counter.counter);
  if (samples.empty()) return {"-", ""};
  table_cell cell{figure_text(counter, median(samples)), ""};
  if (counter.has_interval) {
    const interval is = median_interval(samples, confidence_wanted);
    cell.interval = interval_text(counter, is.low, is.high);
  }
  return cell;
}

std::size_t rounds_of(const measured_program& program) {
  return program.rounds.size();
}

// Below it, a server's batches are others than those that are to be measured.
constexpr double server_busy_least = 0.9;

// In how many rounds something holds of a counter.
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
  const auto add = [&](std::string_view what, std::size_t in, std::string_view why = "") {
    if (in != 0) all.push_back(absl::StrFormat("%s in %d of %d rounds%s", what, in, rounds, why));
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

// Columns of text, as wide as they need to be.
class text_columns {
 public:
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // @param left How many of the first are flush left.
  std::string text(std::size_t left) const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()), 0);
      if (row.size() <= left) continue;  // the last is as long as it is
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
      "%s on %s: %s\n(each the median of %d rounds, and the interval "
      "that has the true median in it with %s confidence)\n\n",
      program.suite, program.backend, plain(about.title), rounds_of(program),
      confidence_text(rounds_of(program)));
  text_columns columns;
  std::vector<std::string> headings = table.part_headings;
  headings.push_back("");
  for (const column& each : table.columns) {
    headings.push_back(absl::StrCat(each.heading, unit_in_brackets(each)));
    if (each.has_interval) headings.push_back("");
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

std::string difference_text(const comparison& each) {
  const double percent = each.result.percent();
  if (each.counter.signs || std::isnan(percent)) {
    return absl::StrFormat("%+.0f %s", each.result.a_minus_b.estimate, each.counter.unit);
  }
  return absl::StrFormat("%+.1f %%", percent);
}

std::string comparisons_text(const report_data& data) {
  const std::vector<comparison> all = compare_within(data);
  if (all.empty()) return "";
  const auto beyond = std::count_if(all.begin(), all.end(),
                                    [](const comparison& each) { return each.is_beyond_noise(); });
  std::string out = absl::StrCat(
      "comparisons: ours (", our_contender, ") with the others, and between the backends\n",
      wrapped(
          absl::StrFormat("(by Mann and Whitney's test; of %d comparisons %d are beyond the "
                          "noise; of such that are alike, %.0f in a hundred would be called so; "
                          "those with contenders that do less, without deadlines, are in the page, "
                          "as are those of our other ways to set deadlines that are not worse)",
                          all.size(), beyond, 100 * false_positive_rate),
          100),
      "\n\n");
  text_columns columns;
  columns.add({"entry", "on", "minus", "of", "", "", ""});
  for (const comparison& each : all) {
    if (!each.is_of_backends && each.kind == contender_kind::floor) continue;
    if (each.is_of_own_ways() && !each.is_loss()) continue;
    columns.add({each.is_of_own_ways() ? absl::StrCat(each.group, "/", each.ours) : each.group,
                 each.backend, each.other, plain(each.counter.heading), difference_text(each),
                 !each.is_beyond_noise() ? ""
                 : each.ours_is_better() ? "better"
                                         : "WORSE",
                 verdict_text(each.result)});
  }
  return out + columns.text(4);
}

std::string changes_text(const changes& found) {
  std::string out = "changes since the earlier run\n";
  const auto append = [&out](const std::string& text) {
    absl::StrAppend(&out, wrapped(text, 100), "\n");
  };
  append(absl::StrFormat(
      "%d figures compared, %d beyond the noise; of figures that are alike, %.0f "
      "in a hundred would be called so; in brackets are the differences' intervals, "
      "with %s confidence",
      found.all.size(), found.beyond_noise(), 100 * false_positive_rate,
      confidence_of_differences()));
  append(drift_text(found));
  for (const std::string& each : found.not_alike) append(absl::StrCat("not alike: ", each));
  text_columns columns;
  columns.add({"", "entry", "on", "of", "before", "now", "", ""});
  for (const change& each : found.all) {
    if (!each.is_beyond_noise()) continue;
    columns.add({each.is_worse() ? "WORSE" : "better", each.entry, each.backend,
                 plain(each.counter.heading), figure_text(each.counter, each.result.median_b),
                 figure_text(each.counter, each.result.median_a), change_text(each),
                 verdict_text(each.result)});
  }
  if (found.beyond_noise() > 0) absl::StrAppend(&out, "\n", columns.text(4));
  return out;
}

std::string disturbances_text(const disturbance_summary& found) {
  std::string out =
      absl::StrFormat("disturbances: %s; %d of %d processes\n\n",
                      found.is_disturbed() ? "DISTURBED beyond the bounds" : "within the bounds",
                      found.disturbed, found.processes);
  for (const null_check& each : found.nulls) {
    absl::StrAppend(&out, "  ", plain(each.what),
                    absl::StrFormat(": %.1f %s (bound: %.0f)%s\n", each.deviation, each.unit,
                                    each.bound, each.holds() ? "" : "  BEYOND"));
  }
  for (const std::string& each : found.examples) absl::StrAppend(&out, "  ", each, "\n");
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
                  : median_interval(std::vector<double>(rounds, 0), confidence_wanted).confidence;
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
    const contender is = describe_contender(entry.contender());
    table_row row{.parts = {},
                  .contender = is.name,
                  .kind = is.kind,
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
      for (const column& each : table.columns) row.cells.push_back(make_cell(entry, each));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string drift_text(const changes& found) {
  if (!found.drift_is_known) {
    return "Neither run measures the system call send(2) as the other does, so how fast the "
           "machine was then and now is not known: differences of some percent may be the "
           "machine's.";
  }
  return absl::StrFormat(
      "The machine itself was up to %.1f %% slower or faster (the system call send(2), which is "
      "not ours, in one of the programs), and rows compared to themselves moved by up to %.1f "
      "ns%s; that much is taken off each difference before it is tested.",
      100 * found.drift, found.drift_ns,
      found.drift_of_long == 0 ? ""
                               : absl::StrFormat(" (%.2f %% of writes that take more than 3 us)",
                                                 100 * found.drift_of_long));
}

std::string change_text(const change& each) {
  const shift& by = each.result.a_minus_b;
  const double percent = each.result.percent();
  if (each.counter.signs || std::isnan(percent)) {
    return absl::StrFormat("%+.1f %s (%+.1f .. %+.1f)", by.estimate, each.counter.unit, by.low,
                           by.high);
  }
  const double of = each.result.median_b / 100;
  return absl::StrFormat("%+.1f %% (%+.1f .. %+.1f)", percent, by.low / of, by.high / of);
}

std::vector<std::pair<std::string, std::string>> environment_of(const report_data& data) {
  std::vector<std::pair<std::string, std::string>> all{
      {"date", data.date},
      {"commit", data.commit.empty() ? "not known" : data.commit},
      {"command", data.command},
      {"rounds", absl::StrFormat("%d of %d, each a process of its own; an entry is measured for at "
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
    // What differs between the programs, or is said above.
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
  return by_others || std::any_of(nulls.begin(), nulls.end(),
                                  [](const null_check& each) { return !each.holds(); });
}

disturbance_summary disturbances_in(const report_data& data) {
  disturbance_summary found{.examples = {}, .nulls = check_nulls(data)};
  // As it is the kernel that does so, one process tells it for all; not each shows it.
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
    found.examples.push_back(absl::StrCat("and ", others, " others, see report.json"));
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
  for (const std::string& each : data.left_out) absl::StrAppend(&out, "left out: ", each, "\n");
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
