// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The data of a report, from the output of programs and from files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "bench/reporting/model/entry_filter.h"
#include "bench/reporting/model/report_data.h"
#include "bench/reporting/model/result.h"
#include "bench/reporting/model/results.h"

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
     "run_type": "iteration", "real_time": 1.5, "time_unit": "ms", "cpu_ms": 7.0,
     "cpu_time": 1.5, "iterations": 100, "minus_raw_low_ns": 1.0}]})");
  ASSERT_TRUE(results.has_value()) << results.error().message;
  const entry_results& entry = results->entries.front();
  EXPECT_THAT(entry.name, ElementsAre("expiry_storm", "1000", "timed"));
  EXPECT_THAT(entry.values.at("real_time"), ElementsAre(1.5e6));
  EXPECT_THAT(entry.values.at("cpu_ms"), ElementsAre(7));
  EXPECT_EQ(entry.values.size(), 2u);
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

TEST(to_json, has_values_of_five_digits) {
  report_data data = two_rounds();
  data.programs[0].entries[0].values["p50_ns"] = {3741.123456789};
  EXPECT_THAT(to_json(data), HasSubstr("\"p50_ns\":[3741.1]"));
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

TEST(entry_filter, is_an_extended_regular_expression_that_may_be_negated) {
  EXPECT_TRUE(entry_filter::parse("tcp/(64|128)/")->matches("write_latency/tcp/64/timed"));
  EXPECT_FALSE(entry_filter::parse("^tcp")->matches("write_latency/tcp/64/timed"));
  EXPECT_FALSE(entry_filter::parse("-tcp")->matches("write_latency/tcp/64/timed"));
  EXPECT_TRUE(entry_filter::parse("-unix")->matches("write_latency/tcp/64/timed"));
  EXPECT_THAT(entry_filter::parse("(").error().message,
              HasSubstr("\"(\" is not a regular expression: "));
}

}  // namespace
}  // namespace timed::bench
