// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Processes whose monotonic clock is not the kernel's, such as those that were restored from a
// checkpoint. Without time namespaces that is skipped, unless TIMED_REQUIRE_NAMESPACES=1.

#include <gtest/gtest.h>
#include <sched.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <optional>
#include <string>

#include "tests/support/child_process.h"
#include "tests/support/connected.h"

namespace timed::tests {
namespace {

using steady = std::chrono::steady_clock;

constexpr auto short_time = 200ms;
constexpr auto long_time = 30s;

std::chrono::nanoseconds cpu_time() {
  ::timespec spent{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

// Runs a context that waits for a short time, in one way or another.
// @return Nothing if that takes as long as it should, and no CPU time; else what is wrong.
template <class Start>
std::string wait_shortly(timed::backend::io_context& context, Start start) {
  const auto began = steady::now();
  const auto spent = cpu_time();
  bool has_ended = false;
  context.restart();
  start(has_ended);
  while (!has_ended && steady::now() - began < long_time && context.run_one_for(long_time) != 0) {
  }
  if (!has_ended) return "does not end";
  if (steady::now() - began < short_time) return "ends early";
  if (steady::now() - began > long_time / 2) return "ends late";
  return cpu_time() - spent > short_time / 2 ? "spins" : "";
}

int wait_in_every_way() {
  timed::backend::io_context context;
  timed::backend::steady_timer timer(context);
  unix_stream stream(context);
  const auto peer = connected_peer(stream);
  std::array<char, 8> memory{};
  const std::array<std::string, 3> faults = {
      wait_shortly(context,
                   [&](bool& has_ended) {
                     timer.expires_after(short_time);
                     timer.async_wait([&](error_code) { has_ended = true; });
                   }),
      wait_shortly(context,
                   [&](bool& has_ended) {
                     stream.expires_after(short_time);
                     stream.async_read_some(net::buffer(memory),
                                            [&](error_code, std::size_t) { has_ended = true; });
                   }),
      wait_shortly(context,
                   [&](bool& has_ended) {
                     timer.expires_after(2 * long_time);
                     timer.async_wait([](error_code) {});
                     context.run_for(short_time);
                     has_ended = true;
                   }),
  };
  constexpr std::array what = {"a timer", "a deadline", "run_for"};
  bool are_right = true;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (faults[i].empty()) continue;
    std::fprintf(stderr, "%s %s\n", what[i], faults[i].c_str());
    are_right = false;
  }
  return are_right ? 0 : 1;
}

constexpr int no_namespace = 77;

// @param seconds By which the monotonic clock is ahead there.
// @return What the program exits with, or `no_namespace`.
int run_with_clock_ahead(int seconds, int (*program)()) {
  child_process outer([&] {
    constexpr int new_time = 0x80;  // CLONE_NEWTIME
    if (::unshare(new_time) != 0 && ::unshare(CLONE_NEWUSER | new_time) != 0) {
      std::fprintf(stderr, "unshare: %s\n", std::strerror(errno));
      return no_namespace;
    }
    std::ofstream offsets("/proc/self/timens_offsets");
    offsets << "monotonic " << seconds << " 0" << std::endl;
    if (!offsets) {
      std::fprintf(stderr, "/proc/self/timens_offsets cannot be written\n");
      return no_namespace;
    }
    child_process inner(program);  // which is in it
    return inner.wait();
  });
  return outer.wait();
}

class time_namespace : public testing::TestWithParam<int> {};

TEST_P(time_namespace, does_not_change_how_long_things_take) {
  const int status = run_with_clock_ahead(GetParam(), &wait_in_every_way);
  if (status == no_namespace) {
    const char* const required = std::getenv("TIMED_REQUIRE_NAMESPACES");
    if (required != nullptr && std::string(required) == "1") {
      FAIL() << "TIMED_REQUIRE_NAMESPACES=1, but no time namespace can be had here";
    }
    GTEST_SKIP() << "no time namespace can be had here (unshare(2), CLONE_NEWTIME)";
  }
  EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(of_a_clock, time_namespace, testing::Values(0, 20, 100'000, -1),
                         [](const auto& each) {
                           return each.param < 0 ? "behind_by_" + std::to_string(-each.param)
                                                 : "ahead_by_" + std::to_string(each.param);
                         });

}  // namespace
}  // namespace timed::tests
