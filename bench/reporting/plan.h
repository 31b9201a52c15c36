// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_PLAN_H
#define TIMED_BENCH_REPORTING_PLAN_H

#include <regex.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/result.h"

namespace timed::bench {

/// One of the programs that BUILD hands over.
struct program {
  std::string suite;    ///< "write_latency"
  std::string backend;  ///< "epoll"
  std::string path;

  std::string name() const { return suite + "_" + backend; }
};

/// @param text "SUITE:BACKEND:PATH,...", as BUILD writes it.
result<std::vector<program>> parse_programs(std::string_view text);

/// @return Those of the given backends; an error that names the choice if one is not known.
result<std::vector<program>> select_backends(const std::vector<program>& programs,
                                             const std::vector<std::string>& backends);

/// A filter of entries as Google Benchmark understands it: an extended regular expression that is
/// found somewhere in the name; with a "-" before it, that is not.
class entry_filter {
 public:
  static result<entry_filter> parse(const std::string& text);

  bool matches(const std::string& entry) const;

 private:
  std::shared_ptr<const regex_t> expression_;
  bool negated_ = false;
};

/// One process: one round of one program.
struct step {
  std::size_t round;
  std::size_t program;  ///< Its index.
};

/// @return What to run in which order. The programs of one suite are those of its backends: they
///     alternate forwards and backwards (A B C, C B A, ...), so that a machine that gets slower all
///     the time does so for each alike. Suites alternate too, so each is spread over the whole run.
std::vector<step> schedule(const std::vector<program>& programs, std::size_t rounds);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_PLAN_H
