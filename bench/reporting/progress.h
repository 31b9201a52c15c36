// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_PROGRESS_H
#define TIMED_BENCH_REPORTING_PROGRESS_H

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace timed::bench {

/// Counts a program's runs from the lines "progress: ENTRY ITERATIONS" that it prints when it
/// starts one (--progress).
///
/// Google Benchmark tries several numbers of iterations before an entry's first repetition, and
/// keeps the last one for all of them. So a run with another number than the run before of that
/// entry was an attempt.
class run_counter {
 public:
  /// @return Whether the line was one of progress.
  bool take(std::string_view line);

  /// Repetitions that have been started, of all entries.
  std::size_t started() const { return started_; }
  const std::string& entry() const { return entry_; }

 private:
  std::map<std::string, std::string, std::less<>> iterations_by_entry_;
  std::size_t started_ = 0;
  std::string entry_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_PROGRESS_H
