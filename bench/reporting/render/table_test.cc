// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The tables and the text for a terminal.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/analyse/disturbances.h"
#include "bench/reporting/model/suites.h"
#include "bench/reporting/render/figures.h"
#include "bench/reporting/render/table.h"
#include "bench/reporting/render/test_data.h"
#include "bench/reporting/render/text.h"

namespace timed::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(with_thousands, changes_whole_numbers_only) {
  EXPECT_EQ(with_thousands("1000000"), "1,000,000");
  EXPECT_EQ(with_thousands("64"), "64");
  EXPECT_EQ(with_thousands("async_write"), "async_write");
}

TEST(make_table, leaves_out_parts_that_are_the_same_in_the_row_above) {
  const suite_table table = make_table(overhead().programs[0]);
  EXPECT_THAT(table.part_headings, ElementsAre("operation", "other deadlines"));
  ASSERT_EQ(table.rows.size(), 6u);
  EXPECT_THAT(table.rows[0].parts, ElementsAre("async_write_some", "0"));
  EXPECT_THAT(table.rows[1].parts, ElementsAre("", ""));
  EXPECT_THAT(table.rows[3].parts, ElementsAre("", "1,000"));
  EXPECT_EQ(table.rows[1].cells[1].value, "+14");
  EXPECT_EQ(table.rows[1].cells[1].interval, "+11 .. +17");
  EXPECT_EQ(table.rows[1].cells[2].value, "-");
}

TEST(make_table, of_an_unknown_suite_has_all_counters_percentiles_first) {
  const suite_table table =
      make_table(program("unknown", "epoll",
                         {entry({"unknown", "fast", "another"}, {{"p99_9_ns", fast},
                                                                 {"p50_ns", fast},
                                                                 {"p99_ns", fast},
                                                                 {"used_bytes", fast},
                                                                 {"iterations", fast},
                                                                 {"real_time", fast},
                                                                 {"answers_per_s", {123456}}})}));
  std::vector<std::string> headings;
  for (const column& column : table.columns) headings.push_back(column.heading);
  EXPECT_THAT(headings, ElementsAre("time", "p50", "p99", "p99.9", "answers", "used"));
  EXPECT_EQ(table.rows[0].cells[4].value, "123,456");
  EXPECT_EQ(table.rows[0].contender, "another");
}

TEST(report_text, has_tables_comparisons_disturbances_and_environment) {
  const std::string text = report_text(overhead(), nullptr);
  EXPECT_THAT(text, HasSubstr("timeout_overhead on epoll: What a deadline adds to a write\n"));
  EXPECT_THAT(text, HasSubstr("the median of 9 rounds"));
  EXPECT_THAT(text, HasSubstr("the 96 % confidence interval of the median"));
  EXPECT_THAT(text, testing::ContainsRegex("-100 ns  better +significant .p = 0.00004"));
  EXPECT_THAT(text, HasSubstr("disturbances: within the bounds; 0 of 18 processes"));
  EXPECT_THAT(text, HasSubstr("cpu_model           A CPU\n"));
  EXPECT_THAT(text, HasSubstr("mitigations         one\n                      two\n"));
  EXPECT_THAT(text, HasSubstr("on io_uring_native  backend active io_uring_native\n"));
  EXPECT_THAT(text, HasSubstr("left out: much"));
  EXPECT_THAT(text, Not(HasSubstr("secret")));
  EXPECT_THAT(text, Not(HasSubstr("PARTIAL")));
}

// Only some programs know of contenders in other languages.
TEST(report_text, has_what_any_program_says_of_the_environment) {
  report_data data = overhead();
  data.programs.back().context["go_version"] = "Go 1.2";
  EXPECT_THAT(report_text(data, nullptr), HasSubstr("go_version          Go 1.2\n"));
}

TEST(report_text, is_empty_without_programs) {
  EXPECT_EQ(report_text(data_of({}), nullptr), "");
}

TEST(report_text, marks_a_partial_run_and_failures) {
  report_data data = overhead();
  data.stopped = "it was interrupted";
  data.interrupted = true;
  data.programs[0].entries[1].error = "no luck";
  data.programs[0].entries[1].values.clear();
  const std::string text = report_text(data, nullptr);
  EXPECT_THAT(text, HasSubstr("PARTIAL: it was interrupted"));
  EXPECT_THAT(text, HasSubstr("timed  FAILED in 9 of 9 rounds: no luck\n"));
}

// The budget was used up, which is not an interrupt.
TEST(report_text, marks_a_run_with_fewer_rounds_like_the_page) {
  report_data data = overhead();
  data.stopped = "7 of 9 rounds fit in";
  EXPECT_THAT(report_text(data, nullptr), HasSubstr("FEWER ROUNDS: 7 of 9 rounds fit in"));
  EXPECT_THAT(report_text(data, nullptr), Not(HasSubstr("PARTIAL")));
  EXPECT_THAT(page_of(data), HasSubstr("<strong>Fewer rounds:</strong> 7 of 9 rounds fit in"));
}

// Comparisons use the other rounds, so these are shown too.
TEST(make_table, has_the_figures_and_the_error_of_an_entry_that_failed_in_some_rounds) {
  report_data data = overhead();
  measured_entry& timed = data.programs[0].entries[1];
  for (auto& [counter, values] : timed.values) values.resize(7);
  timed.error = "no luck";
  const table_row row = make_table(data.programs[0]).rows[1];
  EXPECT_EQ(row.remark, "FAILED in 2 of 9 rounds: no luck");
  EXPECT_EQ(row.cells[1].value, "+13");
  const std::string page = page_of(data);
  EXPECT_THAT(page,
              HasSubstr("timed<small class=\"below worse\">FAILED in 2 of 9 rounds: no luck"));
  EXPECT_THAT(page, HasSubstr("<strong>timeout_overhead on epoll:</strong> 1 of 6 entries failed"));
}

TEST(make_table, remarks_a_missed_rate_and_a_disturbed_client) {
  const measured_program open_loop = program(
      "open_loop", "epoll",
      {entry({"open_loop", "50000", "timed"},
             {{"p50_ns", fast}, {"kept_rate", {1, 0, 0}}, {"client_was_late", {0, 0, 1}}})});
  EXPECT_EQ(make_table(open_loop).rows[0].remark,
            "did not keep the rate in 2 of 9 rounds; its client was disturbed in 1 of 9 rounds");
}

TEST(make_table, remarks_a_server_that_waited_for_its_client_like_the_page) {
  const measured_program echo_cpu = program(
      "echo_cpu", "epoll",
      {entry({"echo_cpu", "64", "timed"},
             {{"real_time", fast}, {"server_busy", {1, 0.99, 0.89, 0.9, 0.2, 1, 1, 1, 1}}})});
  EXPECT_EQ(make_table(echo_cpu).rows[0].remark,
            "the server waited for its client in 2 of 9 rounds");
  EXPECT_THAT(page_of(data_of({echo_cpu})),
              HasSubstr("worse\">the server waited for its client in 2 of 9 rounds<"));
}

TEST(report_text, reports_a_failed_a_a_check_like_the_page) {
  const report_data data = data_of(
      {program("write_latency", "epoll",
               {entry({"write_latency", "tcp", "64", "send"},
                      {{"p50_ns", {3327, 3330, 3340, 3350, 3360, 3370, 3380, 3390, 4673}}})})});
  EXPECT_THAT(report_text(data, nullptr), HasSubstr("DISTURBED above the bounds; 0 of 9"));
  EXPECT_THAT(report_text(data, nullptr),
              HasSubstr("the median of its row: 11.1 % of the rounds (bound: 10)  ABOVE"));
  const std::string page = page_of(data);
  EXPECT_THAT(page, HasSubstr("This run was disturbed: 1 of 1 A/A checks failed"));
  EXPECT_THAT(page, HasSubstr("of its row: 11.1\u00a0% of the rounds; the bound is 10."));
}

TEST(report_text, reports_disturbances) {
  report_data data = overhead();
  for (std::size_t i = 0; i < 3; ++i) {
    data.programs[0].rounds[i].load = {.wall_s = 1, .others_cpu_s = 0.5};
  }
  const std::string text = report_text(data, nullptr);
  EXPECT_THAT(text, HasSubstr("DISTURBED above the bounds; 3 of 18 processes"));
  EXPECT_THAT(text, HasSubstr("timeout_overhead on epoll, round 1: other processes took 50 % of"));
}

TEST(disturbances_in, detects_from_one_process_that_all_are_charged_for_interrupts) {
  report_data data = overhead();
  data.programs[0].rounds[0].load = {.wall_s = 1, .others_cpu_s = 0.05, .interrupts_s = 0.35};
  EXPECT_EQ(disturbances_in(data).disturbed, 0u);
  data.programs[1].rounds[0].load = {.wall_s = 1, .others_cpu_s = -0.3, .interrupts_s = 0.35};
  EXPECT_EQ(disturbances_in(data).disturbed, 1u);
}

}  // namespace
}  // namespace timed::bench
