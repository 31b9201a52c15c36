// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_RUN_PLAN_H
#define TIMED_BENCH_REPORTING_RUN_PLAN_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/model/result.h"

namespace timed::bench {

/// One of the programs passed by BUILD.
struct program {
  std::string suite;    ///< "write_latency"
  std::string backend;  ///< "epoll"
  std::string path;

  std::string name() const { return suite + "_" + backend; }
};

/// @param text "SUITE:BACKEND:PATH,...", as in BUILD.
result<std::vector<program>> parse_programs(std::string_view text);

/// @return The programs of the given backends; an error that lists the backends if one is unknown.
result<std::vector<program>> select_backends(const std::vector<program>& programs,
                                             const std::vector<std::string>& backends);

/// One process: one round of one program.
struct step {
  std::size_t round;
  std::size_t program;  ///< Its index.
};

/// @return The order of the runs. The programs of one suite (one per backend) run forwards and
///     backwards in alternation (A B C, C B A, ...), so that a steady slowdown of the machine
///     affects each equally. Suites alternate too, so each is spread over the whole run.
std::vector<step> schedule(const std::vector<program>& programs, std::size_t rounds);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RUN_PLAN_H
