// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Which contenders in other languages are measured, and why others are not.

#include "bench/contenders/outside/found_programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace timed::bench::contenders {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::StartsWith;

// A copy of bench/contenders/ with nothing in it.
class found_programs_test : public testing::Test {
 protected:
  found_programs_test() {
    fs::remove_all(contenders_);
    fs::create_directories(programs_);
  }

  void write(const fs::path& file, std::string_view text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text << '\n';
  }

  const fs::path contenders_ =
      fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
  const fs::path programs_ = contenders_ / "outside" / "programs";
};

TEST_F(found_programs_test, are_those_in_the_folder) {
  write(programs_ / "go", "a program");
  write(programs_ / "go.version", "Go 1.2");
  const found_programs programs = find_programs(programs_);
  ASSERT_EQ(programs.found.size(), 1u);
  EXPECT_EQ(programs.found[0].name, "go");
  EXPECT_EQ(programs.found[0].file, programs_ / "go");
  EXPECT_EQ(programs.found[0].version, "Go 1.2");
}

TEST_F(found_programs_test, say_what_it_takes_to_compile_the_others) {
  write(programs_ / "libuv", "a program");
  EXPECT_THAT(find_programs(programs_).left_out,
              ElementsAre("go, tokio: not compiled; bench/contenders/outside/compile does that (on "
                          "Debian, it needs golang-go, cargo, librust-tokio-dev)"));
}

TEST_F(found_programs_test, are_left_out_if_their_source_has_changed_since) {
  write(programs_ / "go", "a program");
  write(contenders_ / "go" / "echo.go", "its source");
  const auto compiled_at = fs::last_write_time(programs_ / "go");
  fs::last_write_time(contenders_ / "go" / "echo.go", compiled_at + std::chrono::seconds(1));
  const found_programs programs = find_programs(programs_);
  EXPECT_TRUE(programs.found.empty());
  EXPECT_THAT(programs.left_out, Contains(StartsWith("go: older than the source")));
  fs::last_write_time(contenders_ / "go" / "echo.go", compiled_at - std::chrono::seconds(1));
  EXPECT_EQ(find_programs(programs_).found.size(), 1u);
}

TEST_F(found_programs_test, are_left_out_if_their_folder_is_not_known) {
  const found_programs programs = find_programs("");
  EXPECT_TRUE(programs.found.empty());
  EXPECT_THAT(programs.left_out,
              ElementsAre("go, libuv, tokio: found only if `bazel run` starts this program, or by "
                          "TIMED_OUTSIDE_PROGRAMS=FOLDER"));
}

TEST_F(found_programs_test, are_in_the_folder_that_the_environment_says) {
  ::unsetenv("TIMED_OUTSIDE_PROGRAMS");
  ::unsetenv("BUILD_WORKSPACE_DIRECTORY");
  EXPECT_EQ(folder_of_programs(), "");
  ::setenv("BUILD_WORKSPACE_DIRECTORY", "/workspace", 1);
  EXPECT_EQ(folder_of_programs(), "/workspace/bench/contenders/outside/programs");
  ::setenv("TIMED_OUTSIDE_PROGRAMS", "/elsewhere", 1);
  EXPECT_EQ(folder_of_programs(), "/elsewhere");
}

// What `compile` prints and how it ends, if the machine has only a shell and a few tools.
struct compiled {
  std::string output;
  int status;
};

class compile_test : public found_programs_test {
 protected:
  compile_test() {
    fs::create_directories(tools_);
    for (const char* tool : {"bash", "dirname", "readlink", "mktemp", "rm", "mkdir"}) link(tool);
    fs::copy_file(std::getenv("COMPILE"), contenders_ / "outside" / "compile");
  }

  void link(const std::string& tool) {
    const fs::path file = fs::path("/usr/bin") / tool;
    fs::create_symlink(fs::exists(file) ? file : fs::path("/bin") / tool, tools_ / tool);
  }

  // A compiler that fails.
  void make_compiler(const std::string& name) {
    write(tools_ / name, "#!/bin/sh\necho its source is wrong >&2\nexit 1");
    fs::permissions(tools_ / name, fs::perms::owner_all);
  }

  compiled compile(const std::string& arguments = "") {
    const std::string command = "PATH='" + tools_.string() + "' bash '" +
                                (contenders_ / "outside" / "compile").string() + "' " + arguments +
                                " 2>&1";
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    compiled result{};
    std::array<char, 256> line;
    while (std::fgets(line.data(), line.size(), pipe) != nullptr) result.output += line.data();
    result.status = ::pclose(pipe);
    return result;
  }

  const fs::path tools_ = contenders_ / "tools";
};

TEST_F(compile_test, says_which_compilers_are_missing) {
  const compiled result = compile();
  EXPECT_EQ(result.output,
            "go is left out: no Go compiler; on Debian: apt-get install golang-go\n"
            "libuv is left out: no C compiler (cc); on Debian: apt-get install gcc libuv1-dev\n"
            "tokio is left out: no Rust compiler (cargo, rustc); on Debian: apt-get install cargo "
            "librust-tokio-dev\n");
  EXPECT_NE(result.status, 0);
}

TEST_F(compile_test, removes_what_it_cannot_compile_again) {
  write(programs_ / "go", "an old program");
  write(programs_ / "tokio", "an old program");
  make_compiler("go");
  const compiled result = compile("go");
  EXPECT_EQ(result.output,
            "its source is wrong\ngo is left out: it does not compile, as said above\n");
  EXPECT_NE(result.status, 0);
  EXPECT_FALSE(fs::exists(programs_ / "go"));
  EXPECT_TRUE(fs::exists(programs_ / "tokio"));  // was not to be compiled
}

TEST_F(compile_test, refuses_other_names) {
  EXPECT_THAT(compile("cobol").output, StartsWith("Usage: "));
}

}  // namespace
}  // namespace timed::bench::contenders
