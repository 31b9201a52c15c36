// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_OUTSIDE_FOUND_PROGRAMS_H
#define TIMED_BENCH_CONTENDERS_OUTSIDE_FOUND_PROGRAMS_H

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace timed::bench::contenders {

/// A contender that `bench/contenders/outside/compile` has compiled.
struct found_program {
  std::string_view name;
  std::filesystem::path file;
  std::string version;  ///< Of its language and library: "Go 1.19.8".
};

struct found_programs {
  std::vector<found_program> found;
  std::vector<std::string> left_out;  ///< The names of the others, and why.
};

/// @return The folder of the programs: TIMED_OUTSIDE_PROGRAMS in the environment, or that of the
///     workspace, if `bazel run` has started this process; empty if neither is known.
std::filesystem::path folder_of_programs();

/// @param folder May be empty.
found_programs find_programs(const std::filesystem::path& folder);

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_OUTSIDE_FOUND_PROGRAMS_H
