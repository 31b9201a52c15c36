// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_CHILD_PROCESS_H
#define TIMED_BENCH_REPORTING_CHILD_PROCESS_H

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/reporting/result.h"

namespace timed::bench {

/// Makes SIGINT, SIGTERM and, unless it is ignored, SIGHUP end `run_child` instead of this process.
void catch_interrupts();

/// @return Whether one of them was caught.
bool interrupted();

/// @return The text with a "?" for each byte that is no printable ASCII, but for ends of lines and
///     tabs: what a failing program says may be anything.
std::string printable(std::string_view text);

struct child_options {
  std::vector<std::string> command;                              ///< Program and arguments.
  std::vector<std::pair<std::string, std::string>> environment;  ///< In addition to ours.
  /// Gets each line of stdout and stderr, made printable.
  std::function<void(const std::string&)> on_line;
  std::function<void()> on_tick;  ///< Called about once a second.
  double silence_max_s = 0;       ///< It is ended if it says nothing for longer; 0 is no limit.
  bool ends_on_interrupt = true;  ///< Whether it is ended by an interrupt, or not run after one.
};

struct child_exit {
  bool succeeded;
  bool ended_itself;  ///< Whatever its exit code was; not by a signal.
  std::string how;    ///< "ended with exit code 1", "was ended by signal 9"
  double wall_s = 0;
  double cpu_s = 0;                 ///< Its own, and of the children that it has waited for.
  double involuntary_switches = 0;  ///< How often these were taken off their CPUs.
};

/// Runs a program to its end. It dies with this process, however that ends.
/// @return How it ended; CancelledError if it was ended because of an interrupt.
result<child_exit> run_child(const child_options& options);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_CHILD_PROCESS_H
