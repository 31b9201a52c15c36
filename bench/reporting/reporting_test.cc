// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The parts of the report that process the output of programs, without running one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/child_process.h"
#include "bench/reporting/machine_load.h"
#include "bench/reporting/plan.h"
#include "bench/reporting/progress.h"
#include "bench/reporting/report_data.h"
#include "bench/reporting/result.h"
#include "bench/reporting/results.h"

namespace timed::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* latency_json = R"({
  "context": {"date": "2026-11-22", "host_name": "here", "num_cpus": 2, "cpu_model": "A CPU", "load_avg": [0.5, 0.25],
              "mitigations": "one: on; more | two: off", "backend_active": "epoll"},
  "benchmarks": [
    {"family_index": 1, "run_name": "write_latency/tcp/16384/timed/manual_time", "run_type": "iteration",
     "real_time": 5.0, "p50_ns": 5000.0, "p90_ns": 6000.0, "p99_ns": 7000.0, "p99_9_ns": 8000.0},
    {"family_index": 0, "run_name": "write_latency/unix/64/socket/manual_time", "run_type": "iteration",
     "error_occurred": true, "error_message": "no luck"},
    {"family_index": 1, "run_name": "write_latency/tcp/16384/timed/manual_time", "run_type": "iteration",
     "real_time": 5.0, "p50_ns": 5200.0, "p90_ns": 6200.0, "p99_ns": 7200.0, "p99_9_ns": 8200.0},
    {"family_index": 1, "run_name": "write_latency/tcp/16384/timed/manual_time", "run_type": "aggregate",
     "real_time": NaN, "p50_ns": 1.0, "p90_ns": 1.0, "p99_ns": 1.0, "p99_9_ns": 1.0}
  ]})";

TEST(parse_results, collects_repetitions_in_order_of_registration_without_aggregates) {
  const auto results = parse_results(latency_json);
  ASSERT_TRUE(results.has_value()) << results.error().message;
  ASSERT_EQ(results->entries.size(), 2u);
  EXPECT_THAT(results->entries[1].name, ElementsAre("write_latency", "tcp", "16384", "timed"));
  EXPECT_THAT(results->entries[1].values.at("p50_ns"), ElementsAre(5000, 5200));
  EXPECT_EQ(results->entries[0].error, "no luck");
  EXPECT_EQ(results->context.at("num_cpus"), "2");
  EXPECT_FALSE(results->context.contains("host_name"));
  EXPECT_EQ(results->context.at("load_avg"), "0.5 0.25");
}

TEST(parse_results, rejects_an_incomplete_file) {
  EXPECT_FALSE(parse_results(std::string(latency_json).substr(0, 200)).has_value());
  EXPECT_FALSE(parse_results("").has_value());
  EXPECT_FALSE(parse_results("{}").has_value());
}

TEST(check_backend, rejects_another_backend_and_none) {
  auto results = *parse_results(latency_json);
  EXPECT_TRUE(check_backend(results, "epoll").has_value());
  EXPECT_FALSE(check_backend(results, "io_uring").has_value());
  results.context.erase("backend_active");
  EXPECT_FALSE(check_backend(results, "epoll").has_value());
}

TEST(parse_results, has_times_in_nanoseconds_and_only_measurements) {
  const auto results = parse_results(R"({"context": {}, "benchmarks": [
    {"family_index": 0, "per_family_instance_index": 0, "repetition_index": 0, "threads": 1,
     "run_name": "expiry_storm/1000/timed/iterations:1/repeats:3/manual_time",
     "run_type": "iteration", "real_time": 1.5, "time_unit": "ms", "cpu_ms": 7.0}]})");
  ASSERT_TRUE(results.has_value()) << results.error().message;
  const entry_results& entry = results->entries.front();
  EXPECT_THAT(entry.name, ElementsAre("expiry_storm", "1000", "timed"));
  EXPECT_THAT(entry.values.at("real_time"), ElementsAre(1.5e6));
  EXPECT_THAT(entry.values.at("cpu_ms"), ElementsAre(7));
  EXPECT_EQ(entry.values.size(), 2u);
}

report_data two_rounds() {
  report_data data{.date = "2026-11-23 12:00 UTC",
                   .commit = "0123456789ab",
                   .command = "a \"command\"",
                   .mode = "quick",
                   .rounds_planned = 9,
                   .min_time_s = 0.02,
                   .left_out = {"much"}};
  data.programs.push_back({.suite = "write_latency", .backend = "epoll"});
  measured_program& program = data.programs.back();
  program.add_round(0, {.wall_s = 1.5, .steal_s = 0.25}, *parse_results(latency_json));
  program.add_round(1, {.wall_s = 1.25}, *parse_results(latency_json));
  return data;
}

TEST(add_round, has_one_value_for_each_round_and_none_before_an_entry_appears) {
  measured_program program = two_rounds().programs.front();
  const auto with_another = *parse_results(R"({"context": {}, "benchmarks": [
    {"family_index": 0, "run_name": "write_latency/tcp/64/late", "run_type": "iteration",
     "real_time": 7.0}]})");
  program.add_round(2, {}, with_another);
  const measured_entry* timed = program.find("write_latency/tcp/16384/timed");
  ASSERT_NE(timed, nullptr);
  EXPECT_THAT(timed->samples("p50_ns"), ElementsAre(5100, 5100));
  EXPECT_EQ(timed->group(), "write_latency/tcp/16384");
  const measured_entry* late = program.find("write_latency/tcp/64/late");
  ASSERT_NE(late, nullptr);
  EXPECT_EQ(late->values.at("real_time").size(), 3u);
  EXPECT_THAT(late->samples("real_time"), ElementsAre(7));
  EXPECT_THAT(late->samples("no such counter"), ElementsAre());
}

TEST(report_from_json, reads_what_to_json_writes) {
  const auto read = report_from_json(to_json(two_rounds()));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(two_rounds()));
  EXPECT_EQ(read->command, "a \"command\"");
  EXPECT_EQ(read->rounds_complete(), 2u);
  ASSERT_EQ(read->programs.size(), 1u);
  EXPECT_EQ(read->programs[0].rounds[0].load.steal_s, 0.25);
  EXPECT_EQ(read->programs[0].context.at("cpu_model"), "A CPU");
  EXPECT_EQ(read->programs[0].find("write_latency/unix/64/socket")->error, "no luck");
}

TEST(report_from_json, reads_whether_a_run_was_interrupted_except_from_the_first_files) {
  report_data data = two_rounds();
  data.interrupted = true;
  std::string text = to_json(data);
  EXPECT_TRUE(report_from_json(text)->interrupted);
  const std::string_view field = R"("interrupted":true,)";
  text.erase(text.find(field), field.size());
  EXPECT_FALSE(report_from_json(text)->interrupted);
}

TEST(report_from_json, has_errors_with_cause_and_remedy) {
  const std::string good = to_json(two_rounds());
  const auto message = [](const std::string& text) {
    return report_from_json(text).error().message;
  };
  EXPECT_THAT(message("{}"), HasSubstr("not a report: a run of bench:report writes one"));
  EXPECT_THAT(message(R"({"context": {}, "benchmarks": []})"), HasSubstr("not a report"));
  EXPECT_THAT(message("[1]"), HasSubstr("not a report"));
  EXPECT_THAT(message("no JSON"), HasSubstr("not a complete report"));
  EXPECT_THAT(message(good.substr(0, good.size() / 2)), HasSubstr("not a complete report"));
  std::string nameless = good;
  nameless.replace(nameless.find("\"write_latency\",\"unix\",\"64\","), 28, "");
  EXPECT_THAT(message(nameless), HasSubstr("an entry's name has no contender"));
  std::string other = good;
  other.replace(other.find("\"format_version\":1"), 18, "\"format_version\":7");
  EXPECT_THAT(message(other), HasSubstr("format version 7, and this program reads version 1"));
}

TEST(read_report, reports_a_missing_file) {
  EXPECT_THAT(read_report("/no/such/file").error().message,
              HasSubstr("/no/such/file cannot be read (No such file or directory)"));
}

TEST(disturbances_of, is_empty_on_a_quiet_machine) {
  EXPECT_THAT(disturbances_of({.wall_s = 1, .cpu_s = 1, .others_cpu_s = 0.05}, false),
              ElementsAre());
  EXPECT_THAT(
      disturbances_of({.wall_s = 1, .cpu_s = 1, .others_cpu_s = 0.01, .interrupts_s = 0.3}, false),
      ElementsAre());
}

// A process that sends over loopback spends a third of its time on arriving packets. If that is in
// its CPU time, but not in that of the machine's processes, the difference is too low.
TEST(disturbances_of, finds_other_processes_despite_the_interrupts_of_the_process) {
  const process_load quiet{.wall_s = 1, .cpu_s = 1, .others_cpu_s = -0.34, .interrupts_s = 0.35};
  EXPECT_TRUE(has_interrupts_in_cpu_time(quiet));
  EXPECT_FALSE(has_interrupts_in_cpu_time({.wall_s = 1, .cpu_s = 1, .others_cpu_s = -0.04}));
  EXPECT_THAT(disturbances_of(quiet, true), ElementsAre());
  EXPECT_THAT(
      disturbances_of({.wall_s = 1, .cpu_s = 1, .others_cpu_s = 0.05, .interrupts_s = 0.35}, true),
      ElementsAre("other processes took 40 % of a CPU"));
}

TEST(load_of, excludes_the_time_of_the_process_itself) {
  const process_load load = load_of(
      {.succeeded = true, .ended_itself = true, .how = "", .wall_s = 2, .cpu_s = 1.5},
      {.processes_cpu_s = 10, .interrupts_s = 1}, {.processes_cpu_s = 11, .interrupts_s = 1.75});
  EXPECT_DOUBLE_EQ(load.others_cpu_s, -0.5);
  EXPECT_DOUBLE_EQ(load.interrupts_s, 0.75);
}

TEST(disturbances_of, lists_all_kinds) {
  EXPECT_THAT(disturbances_of({.wall_s = 2,
                               .others_cpu_s = 1,
                               .steal_s = 0.1,
                               .throttled_periods = 3,
                               .thermal_throttles = 1},
                              false),
              ElementsAre("other processes took 50 % of a CPU", "the hypervisor took 5 % of a CPU",
                          "its control group was throttled in 3 periods",
                          "the CPU was thermally throttled 1 times"));
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

TEST(entry_filter, is_an_extended_regular_expression_that_may_be_negated) {
  EXPECT_TRUE(entry_filter::parse("tcp/(64|128)/")->matches("write_latency/tcp/64/timed"));
  EXPECT_FALSE(entry_filter::parse("^tcp")->matches("write_latency/tcp/64/timed"));
  EXPECT_FALSE(entry_filter::parse("-tcp")->matches("write_latency/tcp/64/timed"));
  EXPECT_TRUE(entry_filter::parse("-unix")->matches("write_latency/tcp/64/timed"));
  EXPECT_THAT(entry_filter::parse("(").error().message,
              HasSubstr("\"(\" is not a regular expression: "));
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
