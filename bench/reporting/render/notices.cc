// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/notices.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/analyse/disturbances.h"
#include "bench/reporting/render/figures.h"

namespace timed::bench {

std::vector<notice> notices_of(const report_data& data) {
  std::vector<notice> all;
  if (!data.stopped.empty()) {
    all.push_back({data.interrupted ? "Partial:" : "Fewer rounds:", data.stopped});
  }
  if (!suffices(data.rounds_complete())) {
    all.push_back({"Too few rounds:",
                   "no difference can be significant; at least five are needed, and nine are "
                   "recommended."});
  }
  for (const measured_program& program : data.programs) {
    const std::string name = absl::StrCat(program.suite, " on ", program.backend);
    if (!program.failure.empty()) all.push_back({absl::StrCat(name, " failed:"), program.failure});
    const auto failed = std::count_if(program.entries.begin(), program.entries.end(),
                                      [](const auto& entry) { return !entry.error.empty(); });
    if (failed != 0) {
      all.push_back({absl::StrCat(name, ":"),
                     absl::StrFormat("%d of %d entries failed; the table has the errors.", failed,
                                     program.entries.size())});
    }
  }
  return all;
}

std::string disturbance_line(const report_data& data) {
  if (!suffices(data.rounds_complete())) return "";
  return disturbance_text(disturbances_in(data));
}

std::string run_text(const report_data& data) {
  std::string cpu = "no CPU was measured";
  for (const auto& [key, value] : environment_of(data)) {
    if (key == "cpu_model") cpu = value;
  }
  const std::vector<std::string> parts{
      data.date, data.commit.empty() ? "commit unknown" : "commit " + data.commit, cpu,
      absl::StrFormat("--%s, %d of %d rounds, %.0f s", data.mode, data.rounds_complete(),
                      data.rounds_planned, data.took_s)};
  return absl::StrJoin(parts, " · ");
}

}  // namespace timed::bench
