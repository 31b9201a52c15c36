// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The load of the machine while a program is measured.

#ifndef TIMED_BENCH_REPORTING_RUN_MACHINE_LOAD_H
#define TIMED_BENCH_REPORTING_RUN_MACHINE_LOAD_H

#include <filesystem>
#include <string>
#include <vector>

#include "bench/reporting/model/report_data.h"
#include "bench/reporting/run/child_process.h"

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

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RUN_MACHINE_LOAD_H
