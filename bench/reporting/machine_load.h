// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Did anything else go on while a program was measured?

#ifndef TIMED_BENCH_REPORTING_MACHINE_LOAD_H
#define TIMED_BENCH_REPORTING_MACHINE_LOAD_H

#include <filesystem>
#include <string>
#include <vector>

#include "bench/reporting/child_process.h"
#include "bench/reporting/report_data.h"

namespace timed::bench {

/// What the kernel has counted since it was started, over all CPUs. What it does not say is zero.
struct machine_counters {
  double processes_cpu_s = 0;  ///< In user mode and in the kernel, without interrupts.
  double interrupts_s = 0;     ///< Of hardware and of software, as loopback's arriving packets.
  double steal_s = 0;
  double throttled_periods = 0;  ///< Of our control group and those that it is in.
  double thermal_throttles = 0;
};

/// @param root Where /proc and /sys are found; for tests.
machine_counters read_machine_counters(const std::filesystem::path& root = "/");

/// What happened beside a child, from the counters before and after it.
process_load load_of(const child_exit& child, const machine_counters& before,
                     const machine_counters& after);

/// The bounds beyond which a process counts as disturbed.
struct disturbance_bounds {
  static constexpr double others_cpu_part = 0.10;  ///< Of one CPU's time.
  static constexpr double steal_part = 0.01;       ///< Of one CPU's time.
  static constexpr double slack_s = 0.03;  ///< The kernel counts in steps of 10 ms for each CPU.
  /// Of the processes of a run; beyond it the run is called disturbed.
  static constexpr double disturbed_processes_part = 0.10;
};

/// @return Whether the process was charged for interrupts that came in its time. Kernels differ in
///     that, and do not say; it shows where a process has more CPU time than there was without
///     them.
bool has_interrupts_in_cpu_time(const process_load& load);

/// @param interrupts_in_cpu_time Whether this kernel does that: then those of the process itself,
///     which are a third of its time where packets arrive, hide as much of others' time.
/// @return How the process was disturbed, one text for each way; empty if it was not.
std::vector<std::string> disturbances_of(const process_load& load, bool interrupts_in_cpu_time);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_MACHINE_LOAD_H
