// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What main() of each example begins with: flags, --help and logs, by abseil.

#ifndef TIMED_STREAM_EXAMPLES_SUPPORT_PROGRAM_H
#define TIMED_STREAM_EXAMPLES_SUPPORT_PROGRAM_H

#include <chrono>
#include <string_view>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/log/log.h"
#include "absl/time/time.h"

namespace support {

/// Parses the flags that ABSL_FLAG defines (`--help` prints `usage` and ends the program), and
/// starts logging to standard error.
/// @return The arguments that are not flags.
std::vector<char*> start_program(std::string_view usage, int argc, char** argv);

/// @return The value of a flag such as `--idle_timeout=30s`.
inline std::chrono::milliseconds milliseconds_of(const absl::Flag<absl::Duration>& flag) {
  return absl::ToChronoMilliseconds(absl::GetFlag(flag));
}

}  // namespace support

#endif  // TIMED_STREAM_EXAMPLES_SUPPORT_PROGRAM_H
