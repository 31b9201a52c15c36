// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_HARNESS_ENVIRONMENT_H
#define TIMED_BENCH_HARNESS_ENVIRONMENT_H

#include <string>
#include <utility>
#include <vector>

namespace timed::bench {

/// @return Properties of the machine that affect the figures, as keys and values. Call it after
///     pin_to_one_cpu().
std::vector<std::pair<std::string, std::string>> describe_environment();

}  // namespace timed::bench

#endif  // TIMED_BENCH_HARNESS_ENVIRONMENT_H
