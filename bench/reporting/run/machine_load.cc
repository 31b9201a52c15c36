// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/run/machine_load.h"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bench/reporting/model/report_data.h"
#include "bench/reporting/run/child_process.h"

namespace timed::bench {
namespace {

namespace fs = std::filesystem;

// Returns the number after a key in a file of lines "KEY NUMBER".
double number_behind(const fs::path& path, const std::string& key) {
  std::ifstream file(path);
  std::string name;
  for (double value = 0; file >> name >> value;) {
    if (name == key) return value;
  }
  return 0;
}

// The limit may be that of a parent group.
double throttled_periods(const fs::path& root) {
  double sum = 0;
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {  // "HIERARCHY:CONTROLLERS:PATH"
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3) continue;
    const bool is_version_2 = parts[1].empty();
    if (!is_version_2 && !absl::StrContains(absl::StrCat(",", parts[1], ","), ",cpu,")) continue;
    const fs::path groups = root / (is_version_2 ? "sys/fs/cgroup" : "sys/fs/cgroup/cpu");
    fs::path group = fs::path(parts[2]).relative_path();
    for (; !group.empty(); group = group.parent_path()) {
      sum += number_behind(groups / group / "cpu.stat", "nr_throttled");
    }
    sum += number_behind(groups / "cpu.stat", "nr_throttled");
  }
  return sum;
}

double thermal_throttles(const fs::path& cpus) {
  double sum = 0;
  std::error_code unreadable;
  for (const auto& cpu : fs::directory_iterator(cpus, unreadable)) {
    double count = 0;
    std::ifstream(cpu.path() / "thermal_throttle/core_throttle_count") >> count;
    sum += count;
  }
  return sum;
}

}  // namespace

machine_counters read_machine_counters(const fs::path& root) {
  // proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal.
  std::array<double, 8> ticks{};
  std::ifstream file(root / "proc/stat");
  std::string name;
  file >> name;
  for (double& count : ticks) file >> count;
  const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return {.processes_cpu_s = (ticks[0] + ticks[1] + ticks[2]) / per_second,
          .interrupts_s = (ticks[5] + ticks[6]) / per_second,
          .steal_s = ticks[7] / per_second,
          .throttled_periods = throttled_periods(root),
          .thermal_throttles = thermal_throttles(root / "sys/devices/system/cpu")};
}

process_load load_of(const child_exit& child, const machine_counters& before,
                     const machine_counters& after) {
  return {.wall_s = child.wall_s,
          .cpu_s = child.cpu_s,
          .others_cpu_s = after.processes_cpu_s - before.processes_cpu_s - child.cpu_s,
          .interrupts_s = after.interrupts_s - before.interrupts_s,
          .steal_s = after.steal_s - before.steal_s,
          .involuntary_switches = child.involuntary_switches,
          .throttled_periods = after.throttled_periods - before.throttled_periods,
          .thermal_throttles = after.thermal_throttles - before.thermal_throttles};
}

}  // namespace timed::bench
