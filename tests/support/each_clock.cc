// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/support/each_clock.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "timed/detail/cheap_clock.h"

namespace timed::tests {
namespace {

using detail::cheap_clock;
using detail::time_source;

constexpr const char* variable = "TIMED_CLOCK";

bool only_lists_tests(char** argv) {
  for (; *argv != nullptr; ++argv) {
    if (std::string_view(*argv).starts_with("--gtest_list_tests")) return true;
  }
  return false;
}

int run_in_child(time_source source, char** argv) {
  std::fflush(nullptr);
  const ::pid_t child = ::fork();
  if (child == 0) {
    ::setenv(variable, name_of(source).data(), 1);
    ::unsetenv("XML_OUTPUT_FILE");  // this process writes it
    ::execv("/proc/self/exe", argv);
    ::_exit(127);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) {
    std::perror("run_with_other_clock");
    return EXIT_FAILURE;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

}  // namespace

int run_with_other_clock(char** argv) {
  if (only_lists_tests(argv)) return EXIT_SUCCESS;
  int status = EXIT_SUCCESS;
  time_source chosen = time_source::coarse;
  if (const char* const wanted = std::getenv(variable)) {
    if (wanted == name_of(time_source::tsc)) chosen = time_source::tsc;
  } else if (cheap_clock::has_counter) {
    status = run_in_child(time_source::coarse, argv);
    chosen = time_source::tsc;
  }
  cheap_clock::use(chosen);
  std::printf("cheap clock: %s\n", name_of(chosen).data());
  return status;
}

}  // namespace timed::tests
