// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUPPORT_ENVIRONMENT_H
#define TIMED_BENCH_SUPPORT_ENVIRONMENT_H

#include <string>
#include <utility>
#include <vector>

namespace timed::bench {

/// Restricts this process to one of the CPUs that it is allowed to use: the last one, as the first
/// has most of the machine's interrupts. A closed loop on one thread gains nothing from more, and
/// would now and then pay for moving.
/// @throws std::system_error if the kernel refuses.
void pin_to_one_cpu();

/// @return What a reader has to know of the machine to judge the figures, as keys and values.
///     Call it after pin_to_one_cpu().
std::vector<std::pair<std::string, std::string>> describe_environment();

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_ENVIRONMENT_H
