// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What the report makes of the programs' output, without running one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bench/reporting/child_process.h"
#include "bench/reporting/plan.h"
#include "bench/reporting/progress.h"
#include "bench/reporting/results.h"
#include "bench/reporting/table.h"
#include "bench/support/statistics.h"

namespace timed::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(percentile, is_the_nearest_rank) {
  std::vector<int> samples{70, 10, 100, 40, 20, 90, 30, 80, 60, 50};
  EXPECT_EQ(percentile(samples, 0.5), 50);
  EXPECT_EQ(percentile(samples, 0.9), 90);
  EXPECT_EQ(percentile(samples, 0.99), 100);
  EXPECT_EQ(percentile(samples, 0.001), 10);
}

TEST(percentile, of_a_thousand_leaves_one_above_the_99_9th) {
  std::vector<int> samples(1000);
  for (int i = 0; i < 1000; ++i) samples[static_cast<std::size_t>(i)] = i + 1;
  EXPECT_EQ(percentile(samples, 0.999), 999);
}

TEST(median, is_the_middle_or_the_mean_of_the_middle_two) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
  EXPECT_EQ(median({7}), 7);
}

TEST(median_interval, is_the_whole_range_of_few_samples) {
  const interval five = median_interval({5, 1, 4, 2, 3}, 0.95);
  EXPECT_EQ(five.low, 1);
  EXPECT_EQ(five.high, 5);
  EXPECT_NEAR(five.confidence, 0.9375, 1e-9);
  EXPECT_NEAR(median_interval(std::vector<double>(7), 0.95).confidence, 1 - 2.0 / 128, 1e-9);
}

TEST(median_interval, of_a_single_sample_is_not_to_be_trusted) {
  EXPECT_EQ(median_interval({1}, 0.95).confidence, 0);
}

// From a table of the sign test: of 25, the 8th from below and from above have 95.7 %.
TEST(median_interval, of_many_leaves_out_both_ends) {
  std::vector<double> samples(25);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<double>(i + 1);
  const interval is = median_interval(samples, 0.95);
  EXPECT_EQ(is.low, 8);
  EXPECT_EQ(is.high, 18);
  EXPECT_NEAR(is.confidence, 0.957, 0.001);
}

constexpr const char* latency_json = R"({
  "context": {"date": "2026-11-22", "num_cpus": 2, "cpu_model": "A CPU", "load_avg": [0.5, 0.25],
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

TEST(parse_results, collects_repetitions_in_order_of_registration_and_no_aggregates) {
  const auto results = parse_results(latency_json);
  ASSERT_TRUE(results.ok()) << results.status();
  ASSERT_EQ(results->entries.size(), 2u);
  EXPECT_THAT(results->entries[1].name, ElementsAre("write_latency", "tcp", "16384", "timed"));
  EXPECT_THAT(results->entries[1].values.at("p50_ns"), ElementsAre(5000, 5200));
  EXPECT_EQ(results->entries[0].error, "no luck");
  EXPECT_EQ(results->context.at("num_cpus"), "2");
  EXPECT_EQ(results->context.at("load_avg"), "0.5 0.25");
}

TEST(parse_results, of_half_a_file_is_an_error) {
  EXPECT_FALSE(parse_results(std::string(latency_json).substr(0, 200)).ok());
  EXPECT_FALSE(parse_results("").ok());
  EXPECT_FALSE(parse_results("{}").ok());
}

TEST(check_backend, fails_for_another_backend_and_for_none) {
  auto results = *parse_results(latency_json);
  EXPECT_TRUE(check_backend(results, "epoll").ok());
  EXPECT_FALSE(check_backend(results, "io_uring").ok());
  results.context.erase("backend_active");
  EXPECT_FALSE(check_backend(results, "epoll").ok());
}

TEST(write_latency_table, has_medians_and_says_what_failed) {
  const std::string table = write_latency_table("epoll", *parse_results(latency_json));
  EXPECT_THAT(table, HasSubstr("median of 2 repetitions"));
  EXPECT_THAT(
      table, HasSubstr("  tcp     16,384  timed                  5100     6100     7100     8100"));
  EXPECT_THAT(table, HasSubstr("  unix        64  socket              FAILED: no luck"));
}

TEST(timeout_overhead_table, has_the_difference_and_its_interval) {
  std::string json = R"({"context": {}, "benchmarks": [)";
  for (const char* minus : {"880.0", "900.0", "910.0", "890.0", "905.0", "-5.0", "1200.0"}) {
    json +=
        R"({"family_index": 0, "run_name": "timeout_overhead/async_write/100000/timed/manual_time",
                "run_type": "iteration", "real_time": 5.0, "write_ns": 5600.0,
                "minus_raw_ns": 1000.0, "minus_untimed_ns": )" +
        std::string(minus) + "},";
  }
  json.back() = ']';
  const std::string table = timeout_overhead_table("epoll", *parse_results(json + "}"));
  EXPECT_THAT(table, HasSubstr("with 98 % confidence"));
  EXPECT_THAT(table,
              HasSubstr("  async_write        100,000  timed                5600    +900     "
                        "-5 .. +1200   +1000  +1000 .. +1000\n"));
}

TEST(round_trip_table, has_a_row_per_contender_and_says_what_failed) {
  const auto results = parse_results(R"({"context": {}, "benchmarks": [
    {"family_index": 0, "run_name": "round_trip/unix/100/timed/manual_time",
     "run_type": "iteration", "iterations": 1000, "real_time": 3930.4, "cpu_time": 1,
     "time_unit": "ns"},
    {"family_index": 1, "run_name": "round_trip/unix/100/socket/manual_time",
     "run_type": "iteration", "error_occurred": true, "error_message": "no luck",
     "iterations": 0, "real_time": 0, "cpu_time": 0, "time_unit": "ns"}]})");
  ASSERT_TRUE(results.ok()) << results.status();
  const std::string table = round_trip_table("epoll", *results);
  EXPECT_THAT(table, HasSubstr("  unix           100  timed                  3930\n"));
  EXPECT_THAT(table, HasSubstr("                      socket              FAILED: no luck\n"));
}

constexpr const char* echo_json = R"({"context": {}, "benchmarks": [
    {"family_index": 0, "run_name": "echo_cpu/64/liburing/manual_time", "run_type": "iteration",
     "real_time": 4400.0, "requests_per_s": 201234.0, "server_busy": 0.987, "submissions": 2.0,
     "completions": 2.0, "system_calls": 0.05},
    {"family_index": 1, "run_name": "echo_cpu/64/liburing_send/manual_time",
     "run_type": "iteration", "real_time": 4000.0},
    {"family_index": 2, "run_name": "echo_cpu/64/timed/manual_time", "run_type": "iteration",
     "real_time": 7000.0},
    {"family_index": 2, "run_name": "echo_cpu/64/timed/manual_time", "run_type": "iteration",
     "real_time": 5000.0},
    {"family_index": 3, "run_name": "echo_cpu/256/timed/manual_time", "run_type": "iteration",
     "error_message": "no luck"}]})";

TEST(echo_cpu_table, has_medians_and_the_ratio_of_the_least_to_the_better_loop_by_hand) {
  const std::string table = echo_cpu_table("io_uring_native", *parse_results(echo_json));
  EXPECT_THAT(table,
              HasSubstr("           64  liburing             4400      4400 .. 4400   1.10     "
                        "201,234  0.99   2.00   2.00    0.05\n"));
  EXPECT_THAT(table,
              HasSubstr("               timed                6000      5000 .. 7000   1.25     "
                        "      -     -      -      -       -\n"));
  EXPECT_THAT(table, HasSubstr("          256  timed               FAILED: no luck\n"));
}

TEST(echo_cpu_comparison, is_of_our_own_loop_with_the_others) {
  const auto ours = *parse_results(echo_json);
  const auto theirs = *parse_results(R"({"context": {}, "benchmarks": [
    {"family_index": 0, "run_name": "echo_cpu/64/timed/manual_time", "run_type": "iteration",
     "real_time": 10000.0}]})");
  EXPECT_EQ(echo_cpu_comparison({{"epoll", &theirs}, {"io_uring_native", &ours}}),
            "timed echo server, 64 connections, the least of each: io_uring_native 5000 ns, epoll "
            "10000 (-50 %)\n");
  EXPECT_EQ(echo_cpu_comparison({{"epoll", &theirs}}), "");
  EXPECT_EQ(echo_cpu_comparison({{"io_uring_native", &ours}}), "");
}

TEST(expiry_storm_table, has_the_cost_of_each_deadline_and_of_all) {
  const auto results = parse_results(R"({"context": {}, "benchmarks": [
    {"family_index": 0, "run_name": "expiry_storm/1000000/timed/iterations:1/repeats:3/manual_time",
     "run_type": "iteration", "real_time": 1.0, "arm_ns": 130.2, "armed_bytes": 460.0,
     "peak_bytes": 470.0, "cpu_ms": 1700.0, "worst_lateness_ms": 12.34},
    {"family_index": 1, "run_name": "expiry_storm/1000000/timer/iterations:1/repeats:3",
     "run_type": "iteration", "error_message": "3 were lost"}]})");
  const std::string table = expiry_storm_table("epoll", *results);
  EXPECT_THAT(table, HasSubstr("   1,000,000  timed                130           460           470"
                               "        1700            12.3\n"));
  EXPECT_THAT(table, HasSubstr("              timer         FAILED: 3 were lost\n"));
}

TEST(environment_block, gives_each_mitigation_a_line) {
  const std::string block = environment_block(*parse_results(latency_json));
  EXPECT_THAT(block, HasSubstr("  cpu_model           A CPU\n"));
  EXPECT_THAT(block,
              HasSubstr("  mitigations         one: on; more\n                      two: off\n"));
}

TEST(parse_programs, splits_what_BUILD_writes) {
  const auto programs = parse_programs("a:epoll:bench/a_epoll,a:io_uring:bench/a_io_uring");
  ASSERT_TRUE(programs.ok());
  ASSERT_EQ(programs->size(), 2u);
  EXPECT_EQ((*programs)[1].name(), "a_io_uring");
  EXPECT_EQ((*programs)[1].path, "bench/a_io_uring");
  EXPECT_FALSE(parse_programs("a:epoll").ok());
}

TEST(select_backends, names_the_choice_if_there_is_no_such) {
  const auto programs = *parse_programs("a:epoll:x,a:io_uring:y");
  EXPECT_EQ(select_backends(programs, {})->size(), 2u);
  EXPECT_EQ(select_backends(programs, {"io_uring"})->front().path, "y");
  EXPECT_THAT(std::string(select_backends(programs, {"kqueue"}).status().message()),
              HasSubstr("there are epoll, io_uring"));
}

TEST(run_counter, does_not_count_attempts_at_the_number_of_iterations) {
  run_counter counter;
  EXPECT_FALSE(counter.take("timeout_overhead/... 123 ns"));
  for (const char* line : {"progress: a 1", "progress: a 100", "progress: a 2000", "progress: b 1",
                           "progress: a 2000", "progress: b 30"}) {
    EXPECT_TRUE(counter.take(line));
  }
  EXPECT_EQ(counter.started(), 3u);
  EXPECT_EQ(counter.entry(), "b");
}

TEST(run_child, hands_over_each_line_of_both_streams_and_how_it_ended) {
  std::vector<std::string> lines;
  child_options options;
  options.command = {"/bin/sh", "-c", "echo out; echo err >&2; printf $ADDED; exit 3"};
  options.environment = {{"ADDED", "no-newline"}};
  options.on_line = [&](const std::string& line) { lines.push_back(line); };
  const auto exit = run_child(options);
  ASSERT_TRUE(exit.ok());
  EXPECT_FALSE(exit->succeeded);
  EXPECT_EQ(exit->how, "ended with exit code 3");
  EXPECT_THAT(lines, ElementsAre("out", "err", "no-newline"));
}

TEST(run_child, says_if_there_is_no_such_program) {
  std::string said;
  child_options options;
  options.command = {"/no/such/program"};
  options.on_line = [&](const std::string& line) { said += line; };
  const auto exit = run_child(options);
  ASSERT_TRUE(exit.ok());
  EXPECT_FALSE(exit->succeeded);
  EXPECT_THAT(said, HasSubstr("cannot run /no/such/program: No such file"));
}

}  // namespace
}  // namespace timed::bench
