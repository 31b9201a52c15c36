// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/workspace.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bench/reporting/run/child_process.h"

namespace timed::bench {
namespace {

namespace fs = std::filesystem;

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

fs::path workspace() {
  return environment_variable("BUILD_WORKSPACE_DIRECTORY");
}

// Returns the one line that a command prints; empty if it fails.
std::string output_of(std::vector<std::string> command) {
  std::string output;
  child_options options;
  options.command = std::move(command);
  options.on_line = [&](const std::string& line) { output += line; };
  const auto exit = run_child(options);
  return exit.has_value() && exit->succeeded ? output : "";
}

}  // namespace

fs::path as_called(const std::string& path) {
  return fs::absolute(fs::path(environment_variable("BUILD_WORKING_DIRECTORY")) / path);
}

fs::path out_folder(const std::string& chosen) {
  return chosen.empty() ? fs::absolute(workspace() / "report") : as_called(chosen);
}

result<void> make_writable(const fs::path& folder) {
  std::error_code ec;
  fs::create_directories(folder, ec);
  const fs::path probe = folder / ".writable";
  if (!ec && std::ofstream(probe).put('\n')) {
    fs::remove(probe, ec);
    return {};
  }
  return failed(absl::StrCat("the folder ", folder.string(), " cannot be written",
                             ec ? absl::StrCat(" (", ec.message(), ")") : "",
                             "; choose another one with --out=FOLDER"));
}

std::string commit_of_workspace() {
  if (workspace().empty()) return "";
  const auto git = [](std::vector<std::string> arguments) {
    std::vector<std::string> command = {"/usr/bin/env", "git", "-C", workspace().string()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return output_of(command);
  };
  const std::string hash = git({"rev-parse", "--short=12", "HEAD"});
  if (hash.empty()) return "";
  const bool is_clean = git({"status", "--porcelain", "--untracked-files=no"}).empty();
  return is_clean ? hash : hash + ", modified";
}

failure run_target_instead(const std::string& target, const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {(workspace() / "tools/bazelw").string(), "run", target, "--"};
  for (const std::string& argument : arguments) {
    if (absl::StartsWith(argument, "--programs=")) continue;
    if (absl::StartsWith(argument, "--full_target=")) continue;
    command.push_back(argument);
  }
  std::error_code ec;
  fs::current_path(as_called(""), ec);
  std::vector<char*> words;
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  ::execv(words[0], words.data());
  return failed(absl::StrCat(command[0], " cannot be run (", std::strerror(errno),
                             "); call `bazel run ", target, "` with the same arguments"));
}

}  // namespace timed::bench
