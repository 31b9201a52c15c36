// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_RUN_PROGRESS_H
#define TIMED_BENCH_REPORTING_RUN_PROGRESS_H

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace timed::bench {

/// Counts a program's repetitions from the lines "progress: ENTRY ITERATIONS" that it prints at the
/// start of each (--progress).
///
/// Google Benchmark tries several numbers of iterations before an entry's first repetition, and
/// keeps the last one for all repetitions. So a run with another number than the previous run of
/// the entry was a trial.
class run_counter {
 public:
  /// @return Whether the line was one of progress.
  bool take(std::string_view line);

  /// Number of repetitions started, of all entries.
  std::size_t started() const { return started_; }
  const std::string& entry() const { return entry_; }

 private:
  std::map<std::string, std::string, std::less<>> iterations_by_entry_;
  std::size_t started_ = 0;
  std::string entry_;
};

/// Estimates how long the remaining processes take, from the earlier ones.
class time_estimate {
 public:
  /// Adds a process.
  /// @param program Its program.
  /// @param entries Number of its entries.
  void add(const std::string& program, std::size_t entries, double seconds);

  /// @return Seconds for one more process of that program.
  double seconds_for(const std::string& program, std::size_t entries) const;

 private:
  struct total {
    double seconds = 0;
    std::size_t processes = 0;
  };

  std::map<std::string, total> by_program_;
  double seconds_ = 0;
  std::size_t entries_ = 0;
};

/// "95 s", "12 min"
std::string duration_text(double seconds);

/// A progress line on stderr: rewritten on a terminal; elsewhere printed from time to time.
class progress_line {
 public:
  progress_line();

  void show(const std::string& text);
  /// Prints a line that stays.
  void finish(const std::string& text);

 private:
  const bool is_terminal_;
  std::chrono::steady_clock::time_point shown_{};
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RUN_PROGRESS_H
