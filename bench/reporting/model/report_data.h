// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The data of a run: the content of report.json, which the page and the tables show.

#ifndef TIMED_BENCH_REPORTING_MODEL_REPORT_DATA_H
#define TIMED_BENCH_REPORTING_MODEL_REPORT_DATA_H

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/model/result.h"
#include "bench/reporting/model/results.h"

namespace timed::bench {

/// Incremented with each incompatible change of the file.
inline constexpr int report_format_version = 1;

using text_map = std::map<std::string, std::string, std::less<>>;

/// One entry of a program.
struct measured_entry {
  std::vector<std::string> name = {};  ///< "write_latency", "tcp", "64", "timed"
  /// By counter, a value for each round; NaN if the round has none.
  std::map<std::string, std::vector<double>, std::less<>> values = {};
  std::string error = {};  ///< Of the last round that failed.

  std::string full_name() const;
  /// The name without the contender: entries of one group differ only in that.
  std::string group() const;
  const std::string& contender() const { return name.back(); }
  /// The values of the rounds that have one, in order.
  std::vector<double> samples(std::string_view counter) const;
};

/// Load of the machine while a process ran.
struct process_load {
  double wall_s = 0;
  double cpu_s = 0;  ///< Of the process and its children.
  /// Of all other processes of the machine; too low, and possibly negative, if the kernel charges
  /// the process for interrupts.
  double others_cpu_s = 0;
  double interrupts_s = 0;          ///< Over all CPUs.
  double steal_s = 0;               ///< Taken by the hypervisor, over all CPUs.
  double involuntary_switches = 0;  ///< Of the process and its children; a traced one has many.
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
  std::string failure = {};  ///< Why results are missing; empty if they are complete.
  text_map context = {};     ///< Google Benchmark's context of the first round.
  std::vector<measured_round> rounds = {};
  std::vector<measured_entry> entries = {};  ///< In the order of their registration.

  std::string name() const { return suite + "_" + backend; }
  const measured_entry* find(std::string_view full_name) const;
  /// Adds the results of a process.
  void add_round(std::size_t round, const process_load& load, const program_results& results);
};

struct report_data {
  std::string date = {};
  std::string commit = {};   ///< Empty if unknown.
  std::string command = {};  ///< The command line that reproduces the report.
  std::string mode = {};     ///< "quick" or "full"
  std::string stopped = {};  ///< Why it stopped before all rounds; empty if it did not.
  bool interrupted = false;  ///< Whether the user stopped it, not the budget.
  std::size_t rounds_planned = 0;
  double min_time_s = 0;  ///< Minimum time that a round measures an entry.
  double took_s = 0;
  std::vector<std::string> left_out = {};  ///< By --quick or --filter, or unavailable here.
  std::vector<measured_program> programs = {};

  /// Number of rounds that every program without a failure has completed.
  std::size_t rounds_complete() const;
  const measured_program* find(std::string_view suite, std::string_view backend) const;
  /// In the order of the report.
  std::vector<std::string> suites() const;
  std::vector<std::string> backends() const;
};

std::string to_json(const report_data& data);

/// @return An error with cause and remedy if the text is not a report of this version.
result<report_data> report_from_json(std::string_view text);

/// Reads a report.json.
result<report_data> read_report(const std::string& path);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_MODEL_REPORT_DATA_H
