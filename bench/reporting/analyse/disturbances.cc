// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/analyse/disturbances.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace timed::bench {

bool has_interrupts_in_cpu_time(const process_load& load) {
  return load.others_cpu_s <
         -(load.wall_s * disturbance_bounds::others_cpu_part + disturbance_bounds::slack_s);
}

std::vector<std::string> disturbances_of(const process_load& load, bool interrupts_in_cpu_time) {
  using bounds = disturbance_bounds;
  std::vector<std::string> all;
  const double wall_s = std::max(load.wall_s, 1e-3);
  const double others_s = load.others_cpu_s + (interrupts_in_cpu_time ? load.interrupts_s : 0);
  if (others_s > wall_s * bounds::others_cpu_part + bounds::slack_s) {
    all.push_back(
        absl::StrFormat("other processes took %.0f %% of a CPU", 100 * others_s / wall_s));
  }
  if (load.steal_s > wall_s * bounds::steal_part + bounds::slack_s) {
    all.push_back(
        absl::StrFormat("the hypervisor took %.0f %% of a CPU", 100 * load.steal_s / wall_s));
  }
  if (load.throttled_periods > 0) {
    all.push_back(
        absl::StrFormat("its control group was throttled in %.0f periods", load.throttled_periods));
  }
  if (load.thermal_throttles > 0) {
    all.push_back(
        absl::StrFormat("the CPU was thermally throttled %.0f times", load.thermal_throttles));
  }
  return all;
}

bool disturbance_summary::has_too_many_disturbed() const {
  return static_cast<double>(disturbed) >
         disturbance_bounds::disturbed_processes_part * static_cast<double>(processes);
}

bool disturbance_summary::is_disturbed() const {
  return has_too_many_disturbed() ||
         std::any_of(aa_checks.begin(), aa_checks.end(),
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

std::string disturbance_text(const disturbance_summary& found) {
  std::vector<std::string> ways;
  if (found.has_too_many_disturbed()) {
    ways.push_back(absl::StrFormat("in %d of %d processes", found.disturbed, found.processes));
  }
  const auto failed = std::count_if(found.aa_checks.begin(), found.aa_checks.end(),
                                    [](const aa_check& check) { return !check.holds(); });
  if (failed != 0) {
    ways.push_back(absl::StrFormat("%d of %d A/A checks failed", failed, found.aa_checks.size()));
  }
  if (ways.empty()) return "";
  return absl::StrCat("This run was disturbed: ", absl::StrJoin(ways, ", "),
                      ". Medians withstand much of that; a quiet machine is better.");
}

}  // namespace timed::bench
