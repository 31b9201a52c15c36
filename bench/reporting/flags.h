// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_FLAGS_H
#define TIMED_BENCH_REPORTING_FLAGS_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/result.h"

namespace timed::bench {

/// What bench:report was called with.
struct report_flags {
  bool help = false;
  bool quick = false;
  bool full = false;
  std::string compare = {};
  std::string from = {};
  std::string filter = {};
  std::vector<std::string> backends = {};
  std::string out = {};
  std::optional<int> repetitions = {};
  std::string min_time = {};  ///< As it was said.
  std::optional<double> min_time_s = {};
  std::string programs = {};
  std::string full_target = {};
};

/// @return An error if an option is unknown or has no readable value.
result<report_flags> parse_flags(int argc, char** argv);

/// What `--help` says.
std::string_view usage();

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_FLAGS_H
