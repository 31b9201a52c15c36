// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/publish/figure_cells.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bench/harness/statistics.h"
#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/render/figures.h"

namespace timed::bench {
namespace {

using texts = std::vector<std::string>;

constexpr std::string_view any = "*";
constexpr std::string_view every_backend = "epoll,io_uring,io_uring_native";

struct parsed_name {
  texts backends = {};
  std::vector<texts> entries = {};  ///< Parts of each name, "*" among them.
  std::string counter = {};
};

// Returns each choice of one alternative for each part.
std::vector<texts> combinations(const texts& parts) {
  std::vector<texts> all = {{}};
  for (const std::string& part : parts) {
    std::vector<texts> longer;
    for (const texts& begun : all) {
      for (const std::string_view alternative : absl::StrSplit(part, ',')) {
        longer.push_back(begun);
        longer.back().emplace_back(alternative);
      }
    }
    all = std::move(longer);
  }
  return all;
}

parsed_name parse(std::string_view name) {
  texts fields = absl::StrSplit(name, ':');
  if (fields.front().find('/') != std::string::npos) fields.emplace(fields.begin(), every_backend);
  if (fields.size() < 2 || fields.size() > 3 || fields[1].find('/') == std::string::npos) {
    throw std::invalid_argument(absl::StrCat("\"", name, "\" is not BACKEND:ENTRY:COUNTER"));
  }
  return {.backends = absl::StrSplit(fields[0], ','),
          .entries = combinations(absl::StrSplit(fields[1], '/')),
          .counter = fields.size() == 3 ? fields[2] : ""};
}

bool matches(const std::string& text, const std::string& pattern) {
  return pattern == any || text == pattern;
}

bool matches(const texts& entry, const texts& pattern) {
  return std::equal(entry.begin(), entry.end(), pattern.begin(), pattern.end(),
                    [](const std::string& a, const std::string& b) { return matches(a, b); });
}

// Adds the entries of a program that match.
void add_entries(const measured_program& program, const texts& entries, std::string counter,
                 figure_cell& cell) {
  if (counter.empty()) {
    const std::vector<comparison_of> compared = compared_in(program);
    if (compared.empty()) return;
    counter = compared.front().counter;
  }
  for (const measured_entry& entry : program.entries) {
    if (!matches(entry.name, entries) || entry.samples(counter).empty()) continue;
    cell.counter = describe_compared(program, {.counter = counter});
    cell.programs.push_back(&program);
    cell.entries.push_back(&entry);
  }
}

std::string number_text(column counter, double value, const figure_style& style) {
  counter.signs = false;  // "adds 4 ns"
  if (!style.in_us) return figure_text(counter, value);
  if (counter.unit != "ns") {
    throw std::invalid_argument(absl::StrCat(counter.counter, " is not in ns"));
  }
  const double us = value / 1e3;
  const double size = std::abs(us);
  counter.places = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  return figure_text(counter, us);
}

std::string range_text(const std::string& low, const std::string& high) {
  return low == high ? low : absl::StrCat(low, " to ", high);
}

std::string range_text(const column& counter, const std::vector<double>& values,
                       const figure_style& style) {
  if (values.empty()) return "";
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return range_text(number_text(counter, *least, style), number_text(counter, *most, style));
}

std::vector<double> medians_of(const figure_cell& cell) {
  std::vector<double> values;
  for (const measured_entry* entry : cell.entries) {
    values.push_back(median(entry->samples(cell.counter.counter)));
  }
  return values;
}

bool has_same_groups(const figure_cell& a, const figure_cell& b) {
  if (a.entries.size() != b.entries.size()) return false;
  for (std::size_t i = 0; i < a.entries.size(); ++i) {
    if (a.programs[i]->backend != b.programs[i]->backend) return false;
    if (a.entries[i]->group() != b.entries[i]->group()) return false;
  }
  return true;
}

}  // namespace

std::vector<figure_cell> cells_named(const report_data& data, std::string_view name) {
  const parsed_name parsed = parse(name);
  std::vector<figure_cell> cells;
  bool any_measured = false;
  for (const std::string& backend : parsed.backends) {
    for (const texts& entries : parsed.entries) {
      figure_cell cell;
      for (const measured_program& program : data.programs) {
        if (!matches(program.backend, backend) || program.suite != entries.front()) continue;
        add_entries(program, entries, parsed.counter, cell);
      }
      any_measured = any_measured || !cell.entries.empty();
      cells.push_back(std::move(cell));
    }
  }
  if (!any_measured) throw std::invalid_argument(absl::StrCat("the run has no ", name));
  return cells;
}

std::string cell_text(const figure_cell& cell, const figure_style& style) {
  const std::string text = range_text(cell.counter, medians_of(cell), style);
  if (!style.with_interval || cell.entries.empty()) return text;
  if (cell.entries.size() != 1) throw std::invalid_argument("a range has no interval");
  const interval bounds =
      median_interval(cell.entries.front()->samples(cell.counter.counter), target_confidence);
  return absl::StrCat(text, " (",
                      range_text(number_text(cell.counter, bounds.low, style),
                                 number_text(cell.counter, bounds.high, style)),
                      ")");
}

std::string difference_text(const figure_cell& cell, const figure_cell& minus,
                            const figure_style& style) {
  if (style.with_interval) throw std::invalid_argument("a difference has no interval");
  if (!has_same_groups(cell, minus)) {
    throw std::invalid_argument(
        "both sides of \"minus\" have to name the same backends and entries, except for the "
        "contender");
  }
  std::vector<double> values = medians_of(cell);
  const std::vector<double> subtracted = medians_of(minus);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] -= subtracted[i];
  return range_text(cell.counter, values, style);
}

}  // namespace timed::bench
