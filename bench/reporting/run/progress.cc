// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/run/progress.h"

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace timed::bench {

bool run_counter::take(std::string_view line) {
  if (!absl::ConsumePrefix(&line, "progress: ")) return false;
  const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
  entry_ = parts.first;
  const auto [known, is_new] = iterations_by_entry_.try_emplace(parts.first, parts.second);
  if (is_new || known->second == parts.second) ++started_;
  known->second = parts.second;
  return true;
}

void time_estimate::add(const std::string& program, std::size_t entries, double seconds) {
  total& so_far = by_program_[program];
  so_far.seconds += seconds;
  ++so_far.processes;
  seconds_ += seconds;
  entries_ += entries;
}

double time_estimate::seconds_for(const std::string& program, std::size_t entries) const {
  const auto known = by_program_.find(program);
  if (known != by_program_.end()) {
    return known->second.seconds / static_cast<double>(known->second.processes);
  }
  constexpr double initial_guess_s = 0.15;
  const double per_entry =
      entries_ == 0 ? initial_guess_s : seconds_ / static_cast<double>(entries_);
  return per_entry * static_cast<double>(entries);
}

std::string duration_text(double seconds) {
  if (seconds < 300) return absl::StrFormat("%.0f s", seconds);
  return absl::StrFormat("%.0f min", seconds / 60);
}

progress_line::progress_line() : is_terminal_(::isatty(STDERR_FILENO) == 1) {}

void progress_line::show(const std::string& text) {
  const auto now = std::chrono::steady_clock::now();
  const auto pause = is_terminal_ ? std::chrono::milliseconds(100) : std::chrono::seconds(15);
  if (now - shown_ < pause) return;
  shown_ = now;
  std::cerr << (is_terminal_ ? "\r\033[K" : "") << text << (is_terminal_ ? "" : "\n") << std::flush;
}

void progress_line::finish(const std::string& text) {
  std::cerr << (is_terminal_ ? "\r\033[K" : "") << text << std::endl;
}

}  // namespace timed::bench
