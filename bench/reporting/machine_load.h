// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Detects whether anything else ran while a program was measured.

#ifndef TIMED_BENCH_REPORTING_MACHINE_LOAD_H
#define TIMED_BENCH_REPORTING_MACHINE_LOAD_H

#include <filesystem>
#include <string>
#include <vector>

#include "bench/reporting/child_process.h"
#include "bench/reporting/report_data.h"

namespace timed::bench {

/// Counters of the kernel since boot, over all CPUs. Those that it lacks are zero.
struct machine_counters {
  double processes_cpu_s = 0;  ///< In user mode and in the kernel, without interrupts.
  double interrupts_s = 0;     ///< Hardware and software interrupts, such as packets on loopback.
  double steal_s = 0;
  double throttled_periods = 0;  ///< Of this process's control group and its parents.
  double thermal_throttles = 0;
};

/// @param root Folder of /proc and /sys; for tests.
machine_counters read_machine_counters(const std::filesystem::path& root = "/");

/// @return The load beside a child, from the counters before and after it.
process_load load_of(const child_exit& child, const machine_counters& before,
                     const machine_counters& after);

/// Bounds above which a process counts as disturbed.
struct disturbance_bounds {
  static constexpr double others_cpu_part = 0.10;  ///< Of one CPU's time.
  static constexpr double steal_part = 0.01;       ///< Of one CPU's time.
  static constexpr double slack_s = 0.03;  ///< The kernel counts in steps of 10 ms for each CPU.
  /// Of the processes of a run; above it, the run counts as disturbed.
  static constexpr double disturbed_processes_part = 0.10;
};

/// @return Whether the process was charged for interrupts during its time. Kernels differ in that;
///     it shows if a process has more CPU time than all processes together without interrupts.
bool has_interrupts_in_cpu_time(const process_load& load);

/// @param interrupts_in_cpu_time Whether this kernel charges processes for interrupts: then the
///     process's own interrupts, a third of its time if packets arrive, hide as much of others'
///     time.
/// @return The disturbances of the process, as texts; empty if there were none.
std::vector<std::string> disturbances_of(const process_load& load, bool interrupts_in_cpu_time);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_MACHINE_LOAD_H
