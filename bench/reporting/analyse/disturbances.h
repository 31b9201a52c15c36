// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Detects whether anything else ran while the programs were measured.

#ifndef TIMED_BENCH_REPORTING_ANALYSE_DISTURBANCES_H
#define TIMED_BENCH_REPORTING_ANALYSE_DISTURBANCES_H

#include <cstddef>
#include <string>
#include <vector>

#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/model/report_data.h"

namespace timed::bench {

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

/// Disturbances of a run.
struct disturbance_summary {
  std::size_t processes = 0;
  std::size_t disturbed = 0;
  std::vector<std::string> examples = {};  ///< "echo_cpu on epoll, round 3: ..."
  std::vector<aa_check> aa_checks = {};

  /// Whether more processes than the bound were disturbed.
  bool has_too_many_disturbed() const;
  /// Whether the run exceeds the bounds, including those of the A/A checks.
  bool is_disturbed() const;
};

disturbance_summary disturbances_in(const report_data& data);

/// @return "This run was disturbed: ...", in one line; empty if the run is within the bounds.
std::string disturbance_text(const disturbance_summary& found);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_ANALYSE_DISTURBANCES_H
