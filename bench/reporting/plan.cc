// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/plan.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace timed::bench {

absl::StatusOr<std::vector<program>> parse_programs(std::string_view text) {
  std::vector<program> programs;
  for (const std::string_view each : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    const std::vector<std::string> parts = absl::StrSplit(each, absl::MaxSplits(':', 2));
    if (parts.size() != 3) {
      return absl::InvalidArgumentError(
          absl::StrCat("--programs: \"", each, "\" is not SUITE:BACKEND:PATH"));
    }
    programs.push_back({parts[0], parts[1], parts[2]});
  }
  return programs;
}

absl::StatusOr<std::vector<program>> select_backends(const std::vector<program>& programs,
                                                     const std::vector<std::string>& backends) {
  std::vector<std::string> known;
  for (const program& each : programs) {
    if (std::find(known.begin(), known.end(), each.backend) == known.end()) {
      known.push_back(each.backend);
    }
  }
  for (const std::string& backend : backends) {
    if (std::find(known.begin(), known.end(), backend) != known.end()) continue;
    return absl::InvalidArgumentError(absl::StrCat("--backends: there is no backend \"", backend,
                                                   "\"; there are ", absl::StrJoin(known, ", ")));
  }
  if (backends.empty()) return programs;
  std::vector<program> selected;
  for (const program& each : programs) {
    if (std::find(backends.begin(), backends.end(), each.backend) != backends.end()) {
      selected.push_back(each);
    }
  }
  return selected;
}

}  // namespace timed::bench
