// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/contenders/outside/found_programs.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace timed::bench::contenders {
namespace {

namespace fs = std::filesystem;

struct known_program {
  std::string_view name;
  std::string_view packages;                // Debian's, to compile it
  std::array<std::string_view, 2> sources;  // in bench/contenders/
};

constexpr std::array known_programs{
    known_program{.name = "go", .packages = "golang-go", .sources = {"go/echo.go"}},
    known_program{.name = "libuv", .packages = "gcc, libuv1-dev", .sources = {"libuv/echo.c"}},
    known_program{.name = "tokio",
                  .packages = "cargo, librust-tokio-dev",
                  .sources = {"tokio/Cargo.toml", "tokio/echo.rs"}},
};

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string first_line(const fs::path& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

// Whether the program was compiled before its source was changed. Not known elsewhere than in the
// workspace.
bool is_outdated(const known_program& program, const fs::path& folder) {
  const fs::path contenders = fs::absolute(folder).parent_path().parent_path();
  return std::ranges::any_of(program.sources, [&](std::string_view source) {
    const fs::path file = contenders / source;
    return !source.empty() && fs::exists(file) &&
           fs::last_write_time(file) > fs::last_write_time(folder / program.name);
  });
}

// Adds an item to a list in words.
void add(std::string& list, std::string_view item) {
  list.append(list.empty() ? "" : ", ").append(item);
}

}  // namespace

fs::path folder_of_programs() {
  if (const std::string given = environment_variable("TIMED_OUTSIDE_PROGRAMS"); !given.empty()) {
    return given;
  }
  const std::string workspace = environment_variable("BUILD_WORKSPACE_DIRECTORY");
  return workspace.empty() ? fs::path() : fs::path(workspace) / "bench/contenders/outside/programs";
}

found_programs find_programs(const fs::path& folder) {
  found_programs all;
  std::string all_names;
  std::string not_compiled;
  std::string packages;
  std::string outdated;
  for (const known_program& program : known_programs) {
    add(all_names, program.name);
    const fs::path file = folder / program.name;
    if (folder.empty()) continue;
    if (!fs::exists(file)) {
      add(not_compiled, program.name);
      add(packages, program.packages);
    } else if (is_outdated(program, folder)) {
      add(outdated, program.name);
    } else {
      all.found.push_back({.name = program.name,
                           .file = file,
                           .version = first_line(fs::path(file).concat(".version"))});
    }
  }
  if (folder.empty()) {
    all.left_out.push_back(all_names +
                           ": found only if `bazel run` starts this program, or by "
                           "TIMED_OUTSIDE_PROGRAMS=FOLDER");
  }
  if (!not_compiled.empty()) {
    all.left_out.push_back(not_compiled +
                           ": not compiled; bench/contenders/outside/compile does that (on Debian, "
                           "it needs " +
                           packages + ")");
  }
  if (!outdated.empty()) {
    all.left_out.push_back(outdated +
                           ": older than the source; bench/contenders/outside/compile compiles it");
  }
  return all;
}

}  // namespace timed::bench::contenders
