// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/page_summary.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/reporting/analyse/disturbances.h"
#include "bench/reporting/model/suites.h"
#include "bench/reporting/render/figures.h"
#include "bench/reporting/render/page_rows.h"

namespace timed::bench {
namespace {

namespace json = boost::json;

// --- Numbers of comparisons ----------------------------------------------------------------

struct tally {
  std::size_t better = 0;
  std::size_t worse = 0;
  std::size_t not_significant = 0;  // also with too few rounds

  std::size_t all() const { return better + worse + not_significant; }
  void add(const comparison& comparison) {
    ++(!comparison.is_significant()  ? not_significant
       : comparison.ours_is_better() ? better
                                     : worse);
  }
};

template <class Belongs>
tally count(const std::vector<comparison>& all, const Belongs& belongs) {
  tally counted;
  for (const comparison& comparison : all) {
    if (belongs(comparison)) counted.add(comparison);
  }
  return counted;
}

bool is_with(const comparison& comparison, contender_kind kind) {
  return !comparison.is_of_backends && comparison.kind == kind;
}

void add_tally_row(std::string_view other, const tally& counted, json::array& rows) {
  if (counted.all() == 0) return;
  rows.push_back(json::object{{"other", other},
                              {"better", counted.better},
                              {"worse", counted.worse},
                              {"worse_class", counted.worse == 0 ? "muted" : "worse"},
                              {"not_significant", counted.not_significant},
                              {"all", counted.all()}});
}

json::value tallies(const std::vector<comparison>& all) {
  std::string backend;
  for (const comparison& comparison : all) {
    if (comparison.is_of_backends) backend = comparison.backend;
  }
  json::array rows;
  add_tally_row("competitors, which have deadlines too (Boost.Beast, Asio’s cancel_after, …)",
                count(all,
                      [](const comparison& comparison) {
                        return is_with(comparison, contender_kind::competitor);
                      }),
                rows);
  add_tally_row(
      "baselines, which do less: plain sockets, system calls, raw loops, all without deadlines",
      count(all,
            [](const comparison& comparison) {
              return is_with(comparison, contender_kind::baseline);
            }),
      rows);
  add_tally_row(
      absl::StrCat("its usual variant, ", our_contender, ": other ways to set deadlines"),
      count(all, [](const comparison& comparison) { return comparison.is_own_variant(); }), rows);
  add_tally_row(absl::StrCat("itself on the other backends; ours is ", backend),
                count(all, [](const comparison& comparison) { return comparison.is_of_backends; }),
                rows);
  if (rows.empty()) return nullptr;
  return json::object{{"rows", std::move(rows)}};
}

// --- By question -------------------------------------------------------------------------------

// A suite's comparisons by one counter with one other contender or backend.
struct summary_line {
  const comparison* first;
  tally counted = {};
  double least = INFINITY;  // of the significant differences
  double most = -INFINITY;
  bool in_percent = true;
};

// Those with competitors, and with our stream on other backends.
std::vector<summary_line> summary_lines(const std::vector<comparison>& all) {
  std::vector<summary_line> lines;
  for (const comparison& comparison : all) {
    if (!comparison.is_of_backends && comparison.kind != contender_kind::competitor) continue;
    auto line = std::find_if(lines.begin(), lines.end(), [&](const summary_line& other) {
      return other.first->suite == comparison.suite && other.first->other == comparison.other &&
             other.first->counter.counter == comparison.counter.counter;
    });
    if (line == lines.end()) {
      lines.push_back({.first = &comparison});
      line = std::prev(lines.end());
    }
    line->counted.add(comparison);
    line->in_percent = !comparison.counter.signs;
    const double difference =
        line->in_percent ? comparison.result.percent() : comparison.result.a_minus_b.estimate;
    if (std::isnan(difference) || !comparison.is_significant()) continue;
    line->least = std::min(line->least, difference);
    line->most = std::max(line->most, difference);
  }
  return lines;
}

std::string signed_text(double value, bool in_percent, const column& counter) {
  return in_percent ? absl::StrFormat("%+.1f %%", value)
                    : absl::StrFormat("%+.0f %s", value, counter.unit);
}

std::string range_text(const summary_line& line) {
  const column& counter = line.first->counter;
  if (line.most < line.least) return "-";  // none is significant
  const std::string least = signed_text(line.least, line.in_percent, counter);
  if (line.most == line.least) return least;
  return absl::StrCat(least, " .. ", signed_text(line.most, line.in_percent, counter));
}

json::value questions(const std::vector<comparison>& all) {
  json::array rows;
  std::string suite;
  const auto class_unless_zero = [](std::size_t n, std::string_view name) {
    return n == 0 ? std::string_view("muted") : name;
  };
  for (const summary_line& line : summary_lines(all)) {
    const comparison& first = *line.first;
    const tally& counted = line.counted;
    rows.push_back(json::object{
        {"begins_group", first.suite != suite},
        {"what", first.what},
        {"compared", first.is_of_backends ? absl::StrCat(first.backend, " with ", first.other)
                                          : absl::StrCat("with ", first.other)},
        {"range", figure(range_text(line))},
        {"better", counted.better},
        {"better_class", class_unless_zero(counted.better, "better")},
        {"worse", counted.worse},
        {"worse_class", class_unless_zero(counted.worse, "worse")},
        {"not_significant", counted.not_significant},
        {"not_significant_class", class_unless_zero(counted.not_significant, "")}});
    suite = first.suite;
  }
  if (rows.empty()) return nullptr;
  return json::object{{"rows", std::move(rows)}};
}

// --- Losses ------------------------------------------------------------------------------------

json::value loss_values(const std::vector<comparison>& all) {
  if (all.empty()) return nullptr;
  auto [lost, baselines] = losses_in(all);
  constexpr std::size_t baselines_max = 10;
  const bool has_more = baselines.size() > baselines_max;
  baselines.resize(std::min(baselines.size(), baselines_max));

  json::value baseline_table = comparison_table(baselines);
  if (!baseline_table.is_null()) {
    baseline_table.as_object()["text"] = absl::StrCat(
        "To baselines (plain sockets, the system call alone, raw loops, all without deadlines): "
        "the cost of a deadline, of the stream and of the event loop",
        has_more ? ". The ten greatest; all are at the end:" : ":");
  }
  std::string_view text =
      "Significant losses to competitors, to other backends, and of variants of our stream to the "
      "usual one:";
  if (!has_verdicts(all)) {
    text = "Unknown: there are too few rounds.";
  } else if (lost.empty()) {
    text = "No significant loss to a competitor or to another backend in this run.";
  }
  return json::object{{"text", text},
                      {"table", comparison_table(lost)},
                      {"baseline_table", std::move(baseline_table)}};
}

// --- Trust -------------------------------------------------------------------------------------

json::array trust(const report_data& data, std::size_t comparisons,
                  const disturbance_summary& found) {
  json::array items;
  const auto add = [&items](bool holds, const std::string& text) {
    items.push_back(json::object{{"holds", holds}, {"text", prose(text)}});
  };
  add(true,
      absl::StrFormat(
          "%d comparisons are tested, each at a false-positive rate of %.0f %%: if there were "
          "no differences, at most about %.1f of them would be called significant.",
          comparisons, 100 * false_positive_rate,
          false_positive_rate * static_cast<double>(comparisons)));
  const std::size_t rounds = data.rounds_complete();
  add(rounds >= 9, absl::StrFormat("%d rounds, each a separate process: the intervals contain the "
                                   "true median with %s confidence.",
                                   rounds, confidence_text(rounds)));
  for (const aa_check& check : found.aa_checks) {
    add(check.holds(), absl::StrFormat("%s: %.1f %s; the bound is %.0f.", check.what,
                                       check.deviation, check.unit, check.bound));
  }
  using bounds = disturbance_bounds;
  add(!found.has_too_many_disturbed(),
      absl::StrFormat("%d of %d processes were disturbed: other processes took more than %.0f %% "
                      "of a CPU, the hypervisor more than %.0f %%, or something was throttled. The "
                      "bound is %.0f %% of the processes.",
                      found.disturbed, found.processes, 100 * bounds::others_cpu_part,
                      100 * bounds::steal_part, 100 * bounds::disturbed_processes_part));
  return items;
}

}  // namespace

void add_summary(const report_data& data, const std::vector<comparison>& comparisons,
                 json::object& page) {
  page["tallies"] = tallies(comparisons);
  page["questions"] = questions(comparisons);
  page["losses"] = loss_values(comparisons);
  const disturbance_summary found = disturbances_in(data);
  page["trust"] = trust(data, comparisons.size(), found);
  if (!found.examples.empty()) {
    page["disturbances"] =
        json::object{{"examples", json::array(found.examples.begin(), found.examples.end())}};
  }
}

}  // namespace timed::bench
