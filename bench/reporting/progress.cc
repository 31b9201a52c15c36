// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/progress.h"

#include <string>
#include <string_view>
#include <utility>

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

}  // namespace timed::bench
