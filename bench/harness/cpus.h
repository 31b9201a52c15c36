// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_HARNESS_CPUS_H
#define TIMED_BENCH_HARNESS_CPUS_H

#include <optional>
#include <vector>

namespace timed::bench {

/// @return The CPUs that this process is allowed to use, in ascending order.
std::vector<int> allowed_cpus();

/// Restricts the calling process to one CPU.
/// @throws std::system_error if the kernel refuses.
void pin_to(int cpu);

/// Restricts this process to one of its allowed CPUs: the last one, as the first one handles most
/// of the machine's interrupts. A closed loop on one thread gains nothing from more CPUs, and would
/// sometimes pay for migration.
/// @throws std::system_error if the kernel refuses.
void pin_to_one_cpu();

/// Allows this process again what it could use before `pin_to_one_cpu()`: for what measures several
/// threads.
/// @return These CPUs, in ascending order.
/// @throws std::system_error if the kernel refuses.
std::vector<int> undo_pinning();

/// @return A CPU for another process: one that was allowed before pin_to_one_cpu(), on another core
///     where there is one. None if there is no other CPU.
std::optional<int> cpu_for_another_process();

}  // namespace timed::bench

#endif  // TIMED_BENCH_HARNESS_CPUS_H
