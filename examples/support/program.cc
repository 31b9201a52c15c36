// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "support/program.h"

#include "absl/base/log_severity.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/log/globals.h"
#include "absl/log/initialize.h"

namespace support {

std::vector<char*> start_program(std::string_view usage, int argc, char** argv) {
  absl::SetProgramUsageMessage(usage);
  absl::FlagsUsageConfig help;  // by default it lists the flags of files named as the program is
  help.contains_help_flags = [](std::string_view file) {
    return file.find("absl/") == std::string_view::npos;
  };
  absl::SetFlagsUsageConfig(help);
  absl::SetStderrThreshold(absl::LogSeverityAtLeast::kInfo);
  std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  absl::InitializeLog();
  arguments.erase(arguments.begin());  // the program's name
  return arguments;
}

}  // namespace support
