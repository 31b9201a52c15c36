// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/table.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "bench/harness/statistics.h"
#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/render/figures.h"

namespace timed::bench {
namespace {

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

// Below it, the server's batches are not those of a busy server.
constexpr double server_busy_least = 0.9;

// Counts the rounds in which a counter satisfies a condition.
template <class Holds>
std::size_t count_rounds(const measured_entry& entry, std::string_view counter,
                         const Holds& holds) {
  const std::vector<double> samples = entry.samples(counter);
  return static_cast<std::size_t>(std::count_if(samples.begin(), samples.end(), holds));
}

}  // namespace

std::string remark_of(const measured_program& program, const measured_entry& entry) {
  std::size_t measured = 0;
  for (const auto& [counter, values] : entry.values) {
    measured = std::max(measured, entry.samples(counter).size());
  }
  const std::size_t rounds = program.rounds.size();
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

}  // namespace timed::bench
