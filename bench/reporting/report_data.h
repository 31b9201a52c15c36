// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// All that is known of a run: what report.json has in it, and what the page and the tables show.

#ifndef TIMED_BENCH_REPORTING_REPORT_DATA_H
#define TIMED_BENCH_REPORTING_REPORT_DATA_H

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/result.h"
#include "bench/reporting/results.h"

namespace timed::bench {

/// Raised when what a reader has to know of the file changes.
inline constexpr int report_format_version = 1;

using text_map = std::map<std::string, std::string, std::less<>>;

/// One entry of a program.
struct measured_entry {
  std::vector<std::string> name = {};  ///< "write_latency", "tcp", "64", "timed"
  /// By counter, a value for each round; NaN where the round has none.
  std::map<std::string, std::vector<double>, std::less<>> values = {};
  std::string error = {};  ///< Of the last round that failed.

  std::string full_name() const;
  /// Without the contender: entries of one group are alike but for that.
  std::string group() const;
  const std::string& contender() const { return name.back(); }
  /// Its values in the rounds that have one, in their order.
  std::vector<double> samples(std::string_view counter) const;
};

/// What else happened while a process ran.
struct process_load {
  double wall_s = 0;
  double cpu_s = 0;  ///< The process's, and its children's.
  /// Of all other processes of the machine; but less than that, and below zero, where the kernel
  /// has the process's interrupts in its CPU time.
  double others_cpu_s = 0;
  double interrupts_s = 0;          ///< Over all CPUs.
  double steal_s = 0;               ///< Taken by the hypervisor, over all CPUs.
  double involuntary_switches = 0;  ///< The process's and its children's; a traced one has many.
  double throttled_periods = 0;     ///< By the limit of a control group.
  double thermal_throttles = 0;
};

/// One process: one round of one program.
struct measured_round {
  std::size_t round = {};
  process_load load = {};
};

/// One suite on one backend.
struct measured_program {
  std::string suite = {};
  std::string backend = {};
  std::string failure = {};  ///< Why it has no results, or not all of them.
  text_map context = {};     ///< As Google Benchmark has it, of its first round.
  std::vector<measured_round> rounds = {};
  std::vector<measured_entry> entries = {};  ///< In the order in which it registers them.

  std::string name() const { return suite + "_" + backend; }
  const measured_entry* find(std::string_view full_name) const;
  /// Adds what a process wrote.
  void add_round(std::size_t round, const process_load& load, const program_results& results);
};

struct report_data {
  std::string date = {};
  std::string commit = {};   ///< Empty if it is not known.
  std::string command = {};  ///< The command line that makes such a report.
  std::string mode = {};     ///< "quick" or "full"
  std::string stopped = {};  ///< Why it ended before all rounds; empty if it did not.
  bool interrupted = false;  ///< Whether that was its user; else the time was up.
  std::size_t rounds_planned = 0;
  double min_time_s = 0;  ///< How long a round measures an entry, at least.
  double took_s = 0;
  std::vector<std::string> left_out = {};  ///< Such as by --quick, or as it cannot be had here.
  std::vector<measured_program> programs = {};

  /// Rounds that every program without a failure has.
  std::size_t rounds_complete() const;
  const measured_program* find(std::string_view suite, std::string_view backend) const;
  /// In the order in which a report has them.
  std::vector<std::string> suites() const;
  std::vector<std::string> backends() const;
};

std::string to_json(const report_data& data);

/// @return An error that names the cause and what can be done, if the text is not a report of this
///     version.
result<report_data> report_from_json(std::string_view text);

/// Reads such a file.
result<report_data> read_report(const std::string& path);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_REPORT_DATA_H
