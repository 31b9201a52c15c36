// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The folders and the repository that bench:report works in.

#ifndef TIMED_BENCH_REPORTING_WORKSPACE_H
#define TIMED_BENCH_REPORTING_WORKSPACE_H

#include <filesystem>
#include <string>
#include <vector>

#include "bench/reporting/model/result.h"

namespace timed::bench {

/// @return The path, relative to the folder in which `bazel run` was called.
std::filesystem::path as_called(const std::string& path);

/// @param chosen Value of --out; empty for the folder in the workspace.
std::filesystem::path out_folder(const std::string& chosen);

/// Creates the folder.
/// @return An error if it cannot be written.
result<void> make_writable(const std::filesystem::path& folder);

/// @return The commit of the workspace, with ", modified" if files differ; empty if unknown.
std::string commit_of_workspace();

/// Replaces this process by a `bazel run` of another target with the same arguments, except those
/// that BUILD sets.
/// @return Only if that fails, why.
failure run_target_instead(const std::string& target, const std::vector<std::string>& arguments);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_WORKSPACE_H
