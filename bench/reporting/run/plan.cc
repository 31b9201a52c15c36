// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/run/plan.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "bench/reporting/model/result.h"

namespace timed::bench {

result<std::vector<program>> parse_programs(std::string_view text) {
  std::vector<program> programs;
  for (const std::string_view item : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    const std::vector<std::string> parts = absl::StrSplit(item, absl::MaxSplits(':', 2));
    if (parts.size() != 3) {
      return failed(absl::StrCat("--programs: \"", item, "\" is not SUITE:BACKEND:PATH"));
    }
    programs.push_back({parts[0], parts[1], parts[2]});
  }
  return programs;
}

result<std::vector<program>> select_backends(const std::vector<program>& programs,
                                             const std::vector<std::string>& backends) {
  std::vector<std::string> known;
  for (const program& program : programs) {
    if (std::find(known.begin(), known.end(), program.backend) == known.end()) {
      known.push_back(program.backend);
    }
  }
  for (const std::string& backend : backends) {
    if (std::find(known.begin(), known.end(), backend) != known.end()) continue;
    return failed(absl::StrCat("--backends: there is no backend \"", backend, "\"; there are ",
                               absl::StrJoin(known, ", ")));
  }
  if (backends.empty()) return programs;
  std::vector<program> selected;
  for (const program& program : programs) {
    if (std::find(backends.begin(), backends.end(), program.backend) != backends.end()) {
      selected.push_back(program);
    }
  }
  return selected;
}

std::vector<step> schedule(const std::vector<program>& programs, std::size_t rounds) {
  std::vector<std::string> suites;
  for (const program& program : programs) {
    if (std::find(suites.begin(), suites.end(), program.suite) == suites.end()) {
      suites.push_back(program.suite);
    }
  }
  std::vector<step> steps;
  for (std::size_t round = 0; round < rounds; ++round) {
    for (const std::string& suite : suites) {
      const auto first = steps.size();
      for (std::size_t i = 0; i < programs.size(); ++i) {
        if (programs[i].suite == suite) steps.push_back({round, i});
      }
      if (round % 2 == 1) {
        std::reverse(steps.begin() + static_cast<std::ptrdiff_t>(first), steps.end());
      }
    }
  }
  return steps;
}

}  // namespace timed::bench
