// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Statistical comparisons of data.

#include "bench/reporting/analyse/comparisons.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/model/report_data.h"
#include "bench/reporting/model/suites.h"

namespace timed::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// Returns nine rounds scattered around a value.
std::vector<double> around(double value, double spread = 1) {
  std::vector<double> samples;
  for (const double offset : {0.0, 3.1, -2.2, 1.3, -4.4, 2.5, -1.6, 4.7, -3.8}) {
    samples.push_back(value + spread * offset / 4.7);
  }
  return samples;
}

measured_entry entry(std::vector<std::string> name, const std::string& counter,
                     std::vector<double> values) {
  return {.name = std::move(name), .values = {{counter, std::move(values)}}};
}

report_data echo_servers(double ours, double theirs) {
  report_data data{.rounds_planned = 9};
  for (const char* backend : {"epoll", "io_uring_native"}) {
    measured_program program{.suite = "echo_cpu", .backend = backend};
    const double faster = backend[0] == 'e' ? 0 : 500;
    program.entries = {entry({"echo_cpu", "64", "socket"}, "real_time", around(ours - faster, 5)),
                       entry({"echo_cpu", "64", "timed"}, "real_time", around(ours - faster, 5.1)),
                       entry({"echo_cpu", "64", "beast"}, "real_time", around(theirs, 5))};
    data.programs.push_back(program);
  }
  return data;
}

report_data writes(double send, double timed, double other) {
  report_data data{.command = "the command", .rounds_planned = 9};
  measured_program program{.suite = "write_latency", .backend = "epoll"};
  program.context = {{"kernel", "Linux 6.1"}};
  program.entries = {entry({"write_latency", "tcp", "64", "send"}, "p50_ns", around(send)),
                     entry({"write_latency", "tcp", "64", "timed"}, "p50_ns", around(timed)),
                     entry({"write_latency", "unix", "64", "timed"}, "p50_ns", around(other))};
  data.programs.push_back(program);
  return data;
}

TEST(test, calls_separate_samples_significant_with_the_difference) {
  const tested result = test(around(110), around(100));
  EXPECT_EQ(result.outcome, verdict::significant);
  EXPECT_LT(result.p, 0.0001);
  EXPECT_NEAR(result.percent(), 10, 0.1);
  EXPECT_LE(result.a_minus_b.low, 10);
  EXPECT_GE(result.a_minus_b.high, 10);
  EXPECT_THAT(verdict_text(result), StartsWith("significant (p = 0.0000"));
}

TEST(test, calls_overlapping_samples_not_significant) {
  const tested result = test(around(100.1, 5), around(100, 5));
  EXPECT_EQ(result.outcome, verdict::not_significant);
  EXPECT_THAT(verdict_text(result), StartsWith("not significant (p = "));
}

// Some of these shifts are significant at 5 %, but not at the rate in use.
TEST(test, has_an_interval_that_contains_0_if_and_only_if_it_is_not_significant) {
  int within = 0;
  for (double by = 0.05; by < 10; by += 0.1) {
    const tested result = test(around(100 + by, 5), around(100, 5));
    const bool has_0 = result.a_minus_b.low <= 0 && result.a_minus_b.high >= 0;
    EXPECT_EQ(has_0, result.outcome == verdict::not_significant) << by;
    EXPECT_GE(result.a_minus_b.confidence, 1 - false_positive_rate);
    within += has_0 ? 1 : 0;
  }
  EXPECT_GT(within, 10);
  EXPECT_LT(within, 90);
}

TEST(test, of_four_rounds_is_never_significant) {
  EXPECT_EQ(test({1, 2, 3, 4}, {101, 102, 103, 104}).outcome, verdict::too_few_rounds);
  EXPECT_EQ(test({1, 2, 3, 4, 5}, {101, 102, 103, 104, 105}).outcome, verdict::significant);
}

TEST(test, subtracts_the_allowance_first) {
  EXPECT_EQ(test(around(110), around(100), 5).outcome, verdict::significant);
  EXPECT_EQ(test(around(110), around(100), 10).outcome, verdict::not_significant);
  EXPECT_EQ(test(around(110), around(100), 50).outcome, verdict::not_significant);
  EXPECT_EQ(test(around(90), around(100), 50).outcome, verdict::not_significant);
}

TEST(compare_within, compares_ours_with_each_contender_and_the_backends) {
  const std::vector<comparison> all = compare_within(echo_servers(3000, 3600));
  ASSERT_EQ(all.size(), 5u);
  const auto& with_socket = all[0];
  EXPECT_EQ(with_socket.other, "socket");
  EXPECT_EQ(with_socket.kind, contender_kind::baseline);
  EXPECT_FALSE(with_socket.is_significant());
  const auto& with_beast = all[1];
  EXPECT_EQ(with_beast.other, "beast");
  EXPECT_EQ(with_beast.kind, contender_kind::competitor);
  EXPECT_TRUE(with_beast.is_significant());
  EXPECT_TRUE(with_beast.ours_is_better());
  const auto& with_epoll = all[4];
  EXPECT_TRUE(with_epoll.is_of_backends);
  EXPECT_EQ(with_epoll.backend, "io_uring_native");
  EXPECT_EQ(with_epoll.other, "epoll");
  EXPECT_TRUE(with_epoll.ours_is_better());
}

TEST(compare_within, compares_the_backends_that_could_be_measured) {
  report_data data = echo_servers(3000, 3600);
  data.programs[1].backend = "io_uring";
  data.programs.push_back(
      {.suite = "echo_cpu", .backend = "io_uring_native", .failure = "it is forbidden"});
  const std::vector<comparison> all = compare_within(data);
  ASSERT_FALSE(all.empty());
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const comparison& comparison) {
    return comparison.is_of_backends && comparison.backend == "epoll" &&
           comparison.other == "io_uring";
  }));
}

TEST(compare_within, finds_losses) {
  const std::vector<comparison> all = compare_within(echo_servers(3000, 2000));
  EXPECT_TRUE(all[1].is_significant());
  EXPECT_FALSE(all[1].ours_is_better());
}

TEST(compare_within, leaves_out_rows_that_are_zero_by_definition) {
  report_data data{.rounds_planned = 9};
  measured_program program{.suite = "timeout_overhead", .backend = "epoll"};
  for (const char* contender : {"send", "timed", "beast"}) {
    program.entries.push_back(entry({"timeout_overhead", "async_write", "0", contender},
                                    "minus_untimed_ns", around(contender[0] == 's' ? 0 : 15)));
  }
  data.programs.push_back(program);
  const std::vector<comparison> all = compare_within(data);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].other, "beast");
}

// Alternating short and long deadlines cost more than the usual ones, which has to be reported; an
// idle timeout costs as much.
TEST(compare_within, finds_a_loss_of_a_variant_of_our_stream) {
  report_data data{.rounds_planned = 9};
  measured_program program{.suite = "timeout_overhead", .backend = "epoll"};
  const auto add = [&](const char* contender, double difference) {
    program.entries.push_back(entry({"timeout_overhead", "async_write", "0", contender},
                                    "minus_untimed_ns", around(difference)));
    program.entries.back().values["minus_raw_ns"] = around(difference + 15);
  };
  add("timed_never", 0);
  add("timed", 8);
  add("timed_idle_timeout", 8.1);
  add("timed_alternating", 44);
  data.programs.push_back(program);
  const std::vector<comparison> all = compare_within(data);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].ours, "timed_idle_timeout");
  EXPECT_FALSE(all[0].is_loss());
  EXPECT_EQ(all[1].ours, "timed_alternating");
  EXPECT_EQ(all[1].other, "timed");
  EXPECT_TRUE(all[1].is_own_variant());
  EXPECT_TRUE(all[1].is_loss());
  EXPECT_NEAR(all[1].result.a_minus_b.estimate, 36, 0.1);
}

TEST(compare_within, chooses_the_counters_of_an_unknown_suite) {
  const auto compared = [](const std::string& counter) {
    measured_program program{.suite = "unknown", .backend = "epoll"};
    program.entries = {entry({"unknown", "timed"}, counter, around(10)),
                       entry({"unknown", "another"}, counter, around(20))};
    report_data data{.rounds_planned = 9};
    data.programs.push_back(program);
    return compare_within(data);
  };
  ASSERT_EQ(compared("bytes_per_connection_bytes").size(), 1u);
  EXPECT_TRUE(compared("bytes_per_connection_bytes")[0].ours_is_better());
  ASSERT_EQ(compared("connects_per_s").size(), 1u);
  EXPECT_FALSE(compared("connects_per_s")[0].ours_is_better());
  EXPECT_EQ(compared("p99_ns").size(), 1u);
  EXPECT_THAT(compared("p99_99_ns"), IsEmpty());
  EXPECT_THAT(compared("samples"), IsEmpty());
}

TEST(describe_counter, derives_the_description_from_the_name) {
  EXPECT_EQ(describe_counter("p99_9_ns").heading, "p99.9");
  EXPECT_EQ(describe_counter("p99_9_ns").unit, "ns");
  EXPECT_EQ(percentile_of("p99_9_ns"), 99.9);
  EXPECT_EQ(percentile_of("peak_bytes"), std::nullopt);
  EXPECT_EQ(describe_counter("peak_bytes").unit, "bytes");
  EXPECT_FALSE(describe_counter("connects_per_s").less_is_better);
  EXPECT_TRUE(describe_counter("minus_raw_ns").signs);
  EXPECT_EQ(describe_counter("real_time").unit, "ns");
}

TEST(check_aa, finds_rows_that_differ_from_themselves_beyond_the_bound) {
  report_data data{.rounds_planned = 9};
  measured_program program{.suite = "timeout_overhead", .backend = "epoll"};
  program.entries = {
      entry({"timeout_overhead", "async_write", "0", "socket"}, "minus_raw_ns", around(1, 0.1)),
      entry({"timeout_overhead", "async_write", "0", "timed"}, "minus_raw_ns", around(40))};
  data.programs.push_back(program);
  EXPECT_TRUE(check_aa(data)[0].holds());
  data.programs[0].entries[0].values["minus_raw_ns"] = around(-7, 0.1);
  EXPECT_FALSE(check_aa(data)[0].holds());
  EXPECT_NEAR(check_aa(data)[0].deviation, 7, 0.1);
  data.programs[0].entries[0].values["write_ns"] = around(9000);  // 7 ns are less than 1 % of it
  ASSERT_EQ(check_aa(data).size(), 1u);
  EXPECT_TRUE(check_aa(data)[0].holds());
  EXPECT_NEAR(check_aa(data)[0].deviation, 0.08, 0.01);
  EXPECT_THAT(check_aa(data)[0].what, HasSubstr("A/A check, paired, for writes above 3"));
}

TEST(check_aa, has_no_check_without_measurements) {
  EXPECT_THAT(check_aa(echo_servers(3000, 3600)), IsEmpty());
  EXPECT_EQ(check_aa(writes(900, 1000, 500)).size(), 1u);  // of the rounds; it is one backend
}

// Equally in all programs, so that the backends do not differ.
TEST(check_aa, finds_rounds_in_which_the_system_call_took_longer) {
  report_data data{.rounds_planned = 9};
  for (const char* backend : {"epoll", "io_uring"}) {
    measured_program program{.suite = "write_latency", .backend = backend};
    program.entries = {entry({"write_latency", "tcp", "64", "send"}, "p50_ns", around(3400, 10)),
                       entry({"write_latency", "tcp", "64", "timed"}, "p50_ns", around(900, 800))};
    program.entries[0].values["p50_ns"][4] = 4673;
    data.programs.push_back(program);
    measured_program overhead{.suite = "timeout_overhead", .backend = backend};
    overhead.entries = {
        entry({"timeout_overhead", "async_write", "0", "send"}, "write_ns", around(3400, 10))};
    data.programs.push_back(overhead);
  }
  const auto check = [&] { return check_aa(data).back(); };
  EXPECT_THAT(check().what, HasSubstr("10 % more than the median of its row"));
  EXPECT_NEAR(check().deviation, 100 * 2.0 / 36, 1e-9);
  EXPECT_TRUE(check().holds());
  data.programs[0].entries[0].values["p50_ns"][5] = 3800;
  data.programs[1].entries[0].values["write_ns"][0] = 3800;
  EXPECT_NEAR(check().deviation, 100 * 4.0 / 36, 1e-9);
  EXPECT_FALSE(check().holds());
}

TEST(check_aa, finds_backends_whose_system_call_differs) {
  report_data data{.rounds_planned = 9};
  for (const double time : {100.0, 104.0, 109.0}) {
    measured_program program{.suite = "write_latency", .backend = std::to_string(time)};
    program.entries = {entry({"write_latency", "tcp", "64", "send"}, "p50_ns", around(time, 0.1))};
    data.programs.push_back(program);
  }
  ASSERT_EQ(check_aa(data).size(), 2u);
  EXPECT_FALSE(check_aa(data)[0].holds());
  EXPECT_TRUE(check_aa(data)[1].holds());  // within each backend, the rounds are equal
  EXPECT_NEAR(check_aa(data)[0].deviation, 9, 0.2);
  data.programs.pop_back();
  EXPECT_TRUE(check_aa(data)[0].holds());
}

TEST(compare_with, has_regressions_first) {
  const changes found = compare_with(writes(900, 1000, 500), writes(900, 1050, 400));
  ASSERT_EQ(found.all.size(), 3u);
  EXPECT_EQ(found.significant(), 2u);
  EXPECT_EQ(found.all[0].entry, "write_latency/tcp/64/timed");
  EXPECT_TRUE(found.all[0].is_worse());
  EXPECT_NEAR(found.all[0].result.percent(), 5, 0.1);
  EXPECT_EQ(found.all[1].entry, "write_latency/unix/64/timed");
  EXPECT_FALSE(found.all[1].is_worse());
  EXPECT_FALSE(found.all[2].is_significant());
}

TEST(compare_with, finds_no_change_between_a_run_and_itself) {
  EXPECT_EQ(compare_with(writes(900, 1000, 500), writes(900, 1000, 500)).significant(), 0u);
}

TEST(compare_with, subtracts_the_drift_of_the_machine) {
  const changes found = compare_with(writes(900, 1000, 500), writes(990, 1095, 800));
  EXPECT_NEAR(found.drift, 0.1, 0.01);
  EXPECT_TRUE(found.drift_is_known);
  EXPECT_EQ(found.significant(), 1u);  // a change much larger than the drift
  EXPECT_EQ(found.all[0].entry, "write_latency/unix/64/timed");
}

// The A/A rows of long writes move by more, which must not hide a regression of short ones.
TEST(compare_with, finds_50_ns_of_a_write_beside_long_writes_whose_noise_is_as_much) {
  const auto run = [](double timed, double noise_of_long) {
    report_data data{.rounds_planned = 9};
    measured_program program{.suite = "timeout_overhead", .backend = "epoll"};
    const auto add = [&](const char* operation, const char* contender, const char* counter,
                         double difference, double write_ns) {
      program.entries.push_back(
          entry({"timeout_overhead", operation, "0", contender}, counter, around(difference, 0.5)));
      program.entries.back().values["write_ns"] = around(write_ns);
    };
    add("async_write_some", "socket", "minus_raw_ns", 0.1, 900);
    add("async_write_some", "timed", "minus_raw_ns", timed, 900 + timed);
    add("partial_async_write", "socket", "minus_raw_ns", noise_of_long, 20'000);
    add("partial_async_write", "timed", "minus_raw_ns", 100 + noise_of_long, 20'000);
    data.programs.push_back(program);
    return data;
  };
  const changes found = compare_with(run(20, 0), run(70, 60));
  EXPECT_LT(found.drift_ns, 1);
  EXPECT_NEAR(found.drift_of_long, 0.003, 0.0001);
  ASSERT_FALSE(found.all.empty());
  const change& first = found.all.front();
  EXPECT_TRUE(first.is_significant() && first.is_worse());
  EXPECT_EQ(first.entry, "timeout_overhead/async_write_some/0/timed");
  EXPECT_EQ(first.counter.counter, "minus_raw_ns");
  for (const change& change : found.all) {
    EXPECT_FALSE(change.is_significant() && change.entry.find("partial") != std::string::npos);
  }
}

TEST(compare_with, leaves_out_counts_that_depend_on_the_machines_speed) {
  report_data before{.rounds_planned = 9};
  measured_program program{.suite = "echo_cpu", .backend = "io_uring_native"};
  program.entries = {entry({"echo_cpu", "64", "timed"}, "system_calls", around(1, 0.1))};
  before.programs.push_back(program);
  report_data now = before;
  now.programs[0].entries[0].values["system_calls"] = around(2, 0.1);
  EXPECT_THAT(compare_with(before, now).all, IsEmpty());
}

TEST(compare_with, reports_different_environments_and_entries_of_only_one_run) {
  report_data now = writes(900, 1000, 500);
  now.programs[0].context["kernel"] = "Linux 6.2";
  now.programs[0].entries.pop_back();
  const changes found = compare_with(writes(900, 1000, 500), now);
  EXPECT_THAT(found.not_alike, ElementsAre("kernel: Linux 6.2, was Linux 6.1"));
  report_data partial = writes(900, 1000, 500);
  partial.stopped = "it was interrupted";
  partial.interrupted = true;
  EXPECT_THAT(compare_with(partial, partial).not_alike,
              ElementsAre("the earlier run is partial: it was interrupted"));
  report_data shorter = writes(900, 1000, 500);
  shorter.stopped = "7 of 9 fit in";
  EXPECT_THAT(compare_with(shorter, shorter).not_alike,
              ElementsAre("the earlier run has fewer rounds than planned: 7 of 9 fit in"));
  EXPECT_EQ(found.only_before, 1u);
  EXPECT_EQ(found.only_now, 0u);
}

TEST(check_common_entries, names_the_file_and_its_command) {
  const report_data before = writes(900, 1000, 500);
  EXPECT_TRUE(check_common_entries(before, "f", {"epoll write_latency/tcp/64/timed"}).has_value());
  const result<void> none =
      check_common_entries(before, "old.json", {"io_uring write_latency/tcp/64/timed"});
  EXPECT_THAT(std::string(none.error().message), HasSubstr("old.json has none of the entries"));
  EXPECT_THAT(std::string(none.error().message), HasSubstr("the command"));
}

}  // namespace
}  // namespace timed::bench
