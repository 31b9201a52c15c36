// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_FLAGS_H
#define TIMED_BENCH_REPORTING_FLAGS_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/model/result.h"

namespace timed::bench {

/// The command line of bench:report.
struct report_flags {
  bool help = false;
  bool quick = false;
  bool full = false;
  bool markdown = false;
  std::string compare = {};
  std::string from = {};
  std::string filter = {};
  std::vector<std::string> backends = {};
  std::string client_host = {};
  std::string out = {};
  std::optional<int> repetitions = {};
  std::string min_time = {};  ///< As given.
  std::optional<double> min_time_s = {};
  std::string programs = {};
  std::string full_target = {};
};

/// @return An error if an option is unknown or has an invalid value.
result<report_flags> parse_flags(int argc, char** argv);

/// The text of `--help`.
std::string_view usage();

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_FLAGS_H
