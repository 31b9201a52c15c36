// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Running programs: which, in which order, and what the kernel counts meanwhile.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "bench/reporting/model/report_data.h"
#include "bench/reporting/run/child_process.h"
#include "bench/reporting/run/machine_load.h"
#include "bench/reporting/run/plan.h"
#include "bench/reporting/run/progress.h"

namespace timed::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(load_of, excludes_the_time_of_the_process_itself) {
  const process_load load = load_of(
      {.succeeded = true, .ended_itself = true, .how = "", .wall_s = 2, .cpu_s = 1.5},
      {.processes_cpu_s = 10, .interrupts_s = 1}, {.processes_cpu_s = 11, .interrupts_s = 1.75});
  EXPECT_DOUBLE_EQ(load.others_cpu_s, -0.5);
  EXPECT_DOUBLE_EQ(load.interrupts_s, 0.75);
}

TEST(read_machine_counters, reads_the_kernels_counters_and_has_zero_for_missing_ones) {
  const std::filesystem::path root = testing::TempDir() + "/machine";
  std::filesystem::create_directories(root / "proc");
  std::ofstream(root / "proc/stat") << "cpu  100 200 300 400 5 6 7 50 0 0\ncpu0 1 2 3\n";
  const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const machine_counters counters = read_machine_counters(root);
  EXPECT_DOUBLE_EQ(counters.processes_cpu_s, 600 / per_second);
  EXPECT_DOUBLE_EQ(counters.interrupts_s, 13 / per_second);
  EXPECT_DOUBLE_EQ(counters.steal_s, 50 / per_second);
  EXPECT_EQ(counters.throttled_periods, 0);
}

TEST(read_machine_counters, adds_the_throttling_of_each_parent_group) {
  const std::filesystem::path root = testing::TempDir() + "/groups";
  std::filesystem::remove_all(root);
  const auto throttled = [&](const char* group, int periods) {
    std::filesystem::create_directories(root / group);
    std::ofstream(root / group / "cpu.stat") << "usage_usec 5\nnr_throttled " << periods << '\n';
  };
  throttled("sys/fs/cgroup/a.slice", 4);
  throttled("sys/fs/cgroup/a.slice/b", 3);
  throttled("sys/fs/cgroup/another", 100);
  throttled("sys/fs/cgroup/cpu/c", 20);
  std::filesystem::create_directories(root / "proc/self");
  const auto in_groups = [&](const char* text) {
    std::ofstream(root / "proc/self/cgroup") << text;
    return read_machine_counters(root).throttled_periods;
  };
  EXPECT_EQ(in_groups("0::/a.slice/b\n"), 7);
  EXPECT_EQ(in_groups("5:cpuset:/\n4:cpu,cpuacct:/c\n0::/\n"), 20);
  EXPECT_EQ(in_groups("0::/\n"), 0);
}

TEST(parse_programs, splits_the_list_of_BUILD) {
  const auto programs = parse_programs("a:epoll:bench/a_epoll,a:io_uring:bench/a_io_uring");
  ASSERT_TRUE(programs.has_value());
  ASSERT_EQ(programs->size(), 2u);
  EXPECT_EQ((*programs)[1].name(), "a_io_uring");
  EXPECT_EQ((*programs)[1].path, "bench/a_io_uring");
  EXPECT_FALSE(parse_programs("a:epoll").has_value());
}

TEST(select_backends, lists_the_backends_if_one_is_unknown) {
  const auto programs = *parse_programs("a:epoll:x,a:io_uring:y");
  EXPECT_EQ(select_backends(programs, {})->size(), 2u);
  EXPECT_EQ(select_backends(programs, {"io_uring"})->front().path, "y");
  EXPECT_THAT(std::string(select_backends(programs, {"kqueue"}).error().message),
              HasSubstr("there are epoll, io_uring"));
}

TEST(schedule, runs_the_backends_of_each_suite_forwards_and_backwards) {
  const auto programs = *parse_programs("s:A:x,t:A:x,s:B:x,t:B:x,s:C:x");
  std::string order;
  for (const step& step : schedule(programs, 3)) {
    const program& which = programs[step.program];
    order += std::to_string(step.round) + which.suite + which.backend + " ";
  }
  EXPECT_EQ(order, "0sA 0sB 0sC 0tA 0tB 1sC 1sB 1sA 1tB 1tA 2sA 2sB 2sC 2tA 2tB ");
}

TEST(time_estimate, uses_the_program_itself_or_the_others_before_its_first_run) {
  time_estimate estimate;
  EXPECT_GT(estimate.seconds_for("a", 10), 0);
  estimate.add("a", 10, 5);
  estimate.add("a", 10, 7);
  EXPECT_DOUBLE_EQ(estimate.seconds_for("a", 10), 6);
  EXPECT_DOUBLE_EQ(estimate.seconds_for("b", 5), 3);
}

TEST(run_counter, does_not_count_trials_of_the_number_of_iterations) {
  run_counter counter;
  EXPECT_FALSE(counter.take("timeout_overhead/... 123 ns"));
  for (const char* line : {"progress: a 1", "progress: a 100", "progress: a 2000", "progress: b 1",
                           "progress: a 2000", "progress: b 30"}) {
    EXPECT_TRUE(counter.take(line));
  }
  EXPECT_EQ(counter.started(), 3u);
  EXPECT_EQ(counter.entry(), "b");
}

TEST(run_child, passes_on_each_line_of_both_streams_and_the_exit_code) {
  std::vector<std::string> lines;
  child_options options;
  options.command = {"/bin/sh", "-c", "echo out; echo err >&2; printf $ADDED; exit 3"};
  options.environment = {{"ADDED", "no-newline"}};
  options.on_line = [&](const std::string& line) { lines.push_back(line); };
  const auto exit = run_child(options);
  ASSERT_TRUE(exit.has_value());
  EXPECT_FALSE(exit->succeeded);
  EXPECT_EQ(exit->how, "ended with exit code 3");
  EXPECT_THAT(lines, ElementsAre("out", "err", "no-newline"));
}

TEST(run_child, kills_a_hanging_program_and_its_children) {
  child_options options;
  options.command = {"/bin/sh", "-c", "echo begins; sleep 60 & sleep 60"};
  options.on_line = [](const std::string&) {};
  options.silence_max_s = 0.1;
  const auto exit = run_child(options);
  ASSERT_TRUE(exit.has_value());
  EXPECT_FALSE(exit->succeeded);
  EXPECT_EQ(exit->how, "was killed after 0 s without output");
  EXPECT_LT(exit->wall_s, 30);
}

TEST(run_child, reports_a_missing_program) {
  std::string said;
  child_options options;
  options.command = {"/no/such/program"};
  options.on_line = [&](const std::string& line) { said += line; };
  const auto exit = run_child(options);
  ASSERT_TRUE(exit.has_value());
  EXPECT_FALSE(exit->succeeded);
  EXPECT_THAT(said, HasSubstr("cannot run /no/such/program: No such file"));
}

}  // namespace
}  // namespace timed::bench
