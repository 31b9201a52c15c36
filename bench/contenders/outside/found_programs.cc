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
  std::string_view needs;
  std::array<std::string_view, 2> sources;  // in bench/contenders/
};

constexpr std::array known_programs{
    known_program{.name = "go",
                  .needs = "a Go compiler (on Debian: apt-get install golang-go)",
                  .sources = {"go/echo.go"}},
    known_program{.name = "libuv",
                  .needs = "a C compiler and libuv (on Debian: apt-get install gcc libuv1-dev)",
                  .sources = {"libuv/echo.c"}},
    known_program{.name = "tokio",
                  .needs = "a Rust compiler and tokio (on Debian: apt-get install cargo "
                           "librust-tokio-dev)",
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

// Returns why a program is left out; nothing if it is not.
std::string reason_against(const known_program& program, const fs::path& folder) {
  if (folder.empty()) {
    return "found only if `bazel run` starts this program, or by TIMED_OUTSIDE_PROGRAMS=FOLDER";
  }
  if (!fs::exists(folder / program.name)) {
    return "not compiled; bench/contenders/outside/compile does that, with " +
           std::string(program.needs);
  }
  if (is_outdated(program, folder)) {
    return "older than its source; bench/contenders/outside/compile compiles it again";
  }
  return "";
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
  for (const known_program& program : known_programs) {
    const std::string name(program.name);
    if (const std::string reason = reason_against(program, folder); !reason.empty()) {
      all.left_out.push_back(name + ": " + reason);
      continue;
    }
    all.found.push_back({.name = program.name,
                         .file = folder / name,
                         .version = first_line(folder / (name + ".version"))});
  }
  return all;
}

}  // namespace timed::bench::contenders
