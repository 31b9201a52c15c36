// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/figures.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "bench/harness/statistics.h"

namespace timed::bench {

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
  text_map context;  // of all programs: some say more than others
  std::map<std::string, std::string> by_backend;
  for (const measured_program& program : data.programs) {
    if (program.context.empty()) continue;
    context.insert(program.context.begin(), program.context.end());
    std::vector<std::string> said;
    for (const std::string_view key : {"backend_active", "liburing_version"}) {
      const auto found = program.context.find(key);
      if (found == program.context.end()) continue;
      said.push_back(absl::StrCat(absl::StrReplaceAll(key, {{"_", " "}}), " ", found->second));
    }
    by_backend[program.backend] = absl::StrJoin(said, ", ");
  }
  for (const auto& [key, value] : context) {
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

}  // namespace timed::bench
