// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_PUBLISH_DOCUMENTS_H
#define TIMED_BENCH_REPORTING_PUBLISH_DOCUMENTS_H

#include <filesystem>
#include <iosfwd>

namespace timed::bench {

enum class publish_mode {
  write,
  check,  ///< Changes nothing.
};

/// Updates what is generated from results, in a repository or a part of one: blocks in README.md
/// and in the Markdown files of docs/, and the tables and the plot beside each file of
/// docs/results/. Prints what was stale, and errors.
/// @return Whether there are no errors and, in a check, nothing is stale.
bool publish(const std::filesystem::path& repository, publish_mode mode, std::ostream& out);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_PUBLISH_DOCUMENTS_H
