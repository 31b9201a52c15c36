// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// main() of bench:publish.
//
// Exit codes: 0; 1 for errors, or with --check if something is stale; 2 if the command line is
// invalid.

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string_view>

#include "bench/reporting/publish/documents.h"

namespace {

constexpr std::string_view usage =
    R"(Updates what is generated from the results in docs/results/: blocks in README.md and in the
Markdown files of docs/, and the tables and the plot beside the results. docs/results/README.md
describes the blocks.

  tools/bazelw run //bench:publish [-- --check]

--check   Changes nothing. Fails if something is stale.
)";

}  // namespace

int main(int argc, char** argv) {
  using timed::bench::publish_mode;
  const std::string_view option = argc == 2 ? argv[1] : "";
  if (option == "--help") {
    std::cout << usage;
    return 0;
  }
  if (argc > 2 || (argc == 2 && option != "--check")) {
    std::cerr << "error: the only option is --check\n";
    return 2;
  }
  // Not set in a test, whose working directory has copies of the files.
  const char* const workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  const std::filesystem::path repository =
      workspace == nullptr ? std::filesystem::current_path() : workspace;
  const auto mode = option.empty() ? publish_mode::write : publish_mode::check;
  return timed::bench::publish(repository, mode, std::cout) ? 0 : 1;
}
