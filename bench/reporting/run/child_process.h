// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_RUN_CHILD_PROCESS_H
#define TIMED_BENCH_REPORTING_RUN_CHILD_PROCESS_H

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/reporting/model/result.h"

namespace timed::bench {

/// Makes SIGINT, SIGTERM and SIGHUP (unless ignored) end `run_child` instead of this process.
void catch_interrupts();

/// @return Whether one of these signals was caught.
bool interrupted();

/// @return The text with a "?" for each byte that is not printable ASCII, a line end or a tab. The
///     output of a failing program may contain any bytes.
std::string printable(std::string_view text);

struct child_options {
  std::vector<std::string> command;                              ///< Program and arguments.
  std::vector<std::pair<std::string, std::string>> environment;  ///< In addition to this process's.
  /// Called with each line of stdout and stderr, made printable.
  std::function<void(const std::string&)> on_line;
  std::function<void()> on_tick;  ///< Called about once a second.
  double silence_max_s = 0;       ///< Without output for longer, it is killed; 0 is no limit.
  bool ends_on_interrupt = true;  ///< Whether an interrupt kills it, or prevents its start.
};

struct child_exit {
  bool succeeded;
  bool ended_itself;  ///< With any exit code, not by a signal.
  std::string how;    ///< "ended with exit code 1", "was killed by signal 9"
  double wall_s = 0;
  double cpu_s = 0;                 ///< Of the child, and of its children that it waited for.
  double involuntary_switches = 0;  ///< Of the same processes.
};

/// Runs a program to its end. It dies with this process, however that ends.
/// @return How it ended; `was_interrupted()` if an interrupt ended it.
result<child_exit> run_child(const child_options& options);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RUN_CHILD_PROCESS_H
