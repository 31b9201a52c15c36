// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_PLAN_H
#define TIMED_BENCH_REPORTING_PLAN_H

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace timed::bench {

/// One of the programs that BUILD hands over.
struct program {
  std::string suite;    ///< "write_latency"
  std::string backend;  ///< "epoll"
  std::string path;

  std::string name() const { return suite + "_" + backend; }
};

/// @param text "SUITE:BACKEND:PATH,...", as BUILD writes it.
absl::StatusOr<std::vector<program>> parse_programs(std::string_view text);

/// @return Those of the given backends; an error that names the choice if one is not known.
absl::StatusOr<std::vector<program>> select_backends(const std::vector<program>& programs,
                                                     const std::vector<std::string>& backends);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_PLAN_H
