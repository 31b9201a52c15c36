// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The page.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/render/page.h"
#include "bench/reporting/render/test_data.h"
#include "bench/reporting/render/text.h"

namespace timed::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(page, has_no_external_resources_and_no_scripts) {
  const std::string page = page_of(overhead());
  for (const char* text : {"<script", "<link", "@import", "src=", "href=\"http", "url("}) {
    EXPECT_THAT(page, Not(HasSubstr(text)));
  }
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(page, HasSubstr("@media print"));
  EXPECT_THAT(page, HasSubstr("name=\"viewport\""));
}

TEST(page, starts_with_the_summary_and_the_losses) {
  const std::string page = page_of(overhead());
  const auto summary = page.find("id=\"summary\"");
  const auto losses = page.find("Where we lose");
  const auto suite = page.find("<h2 id=\"timeout_overhead\"");
  const auto environment = page.find("<h2 id=\"environment\"");
  ASSERT_NE(environment, std::string::npos);
  EXPECT_LT(summary, losses);
  EXPECT_LT(losses, suite);
  EXPECT_LT(suite, environment);
  EXPECT_THAT(page, HasSubstr("<td class=\"number better\">4</td>"));
  EXPECT_THAT(page, HasSubstr("No significant loss to a competitor"));
  EXPECT_THAT(page, HasSubstr("−100 ns"));
  EXPECT_THAT(page,
              HasSubstr("--filter=&#39;^timeout_overhead/async_write_some/(0|1000|100000)/&#39;"));
}

TEST(page, states_the_confidence_of_differences_which_is_that_of_the_test) {
  const report_data data = overhead();
  const changes against = compare_with(data, data);
  const std::string page = make_page({.data = data, .against = &against});
  EXPECT_THAT(page, HasSubstr("difference<small>99\u00a0% interval</small>"));
  EXPECT_THAT(page, Not(HasSubstr("95\u00a0% interval")));
  EXPECT_THAT(page, HasSubstr("corresponds to the test, of 99\u00a0% confidence"));
  EXPECT_THAT(report_text(data, &against),
              testing::ContainsRegex("the 99 %[ \n]confidence[ \n]intervals"));
}

// Variants of our stream are not counted as competitors.
TEST(page, lists_losses_of_variants_of_our_stream) {
  report_data data = overhead();
  const auto add = [&](const char* contender, const std::vector<double>& values) {
    data.programs[0].entries.push_back(
        entry({"timeout_overhead", "async_write_some", "0", contender},
              {{"write_ns", slow}, {"minus_untimed_ns", values}}));
  };
  add("timed_never", std::vector<double>(9, 0));
  add("timed_idle_timeout", fast);
  add("timed_alternating", {40, 41, 42, 43, 44, 45, 46, 47, 48});
  const std::string page = page_of(data);
  const auto losses = page.find("Where we lose");
  const auto end = page.find("Can this run be trusted?");
  ASSERT_LT(losses, end);
  const std::string section = page.substr(losses, end - losses);
  EXPECT_THAT(section, HasSubstr("async_write_some, 0 other deadlines, timed_alternating<"));
  EXPECT_THAT(section, Not(HasSubstr("timed_idle_timeout")));
  EXPECT_THAT(section, Not(HasSubstr("timed_never")));
  EXPECT_THAT(page, HasSubstr("<td class=\"number better\">4</td>"));
  EXPECT_THAT(page, Not(HasSubstr("with timed<")));
  const std::string text = report_text(data, nullptr);
  EXPECT_THAT(text, HasSubstr("timeout_overhead/async_write_some/0/timed_alternating  epoll"));
  EXPECT_THAT(text, Not(HasSubstr("/timed_idle_timeout")));
}

TEST(page, has_a_range_of_significant_differences_only) {
  report_data data = overhead();
  const auto beast_of = [&](std::size_t i, std::size_t j) -> std::vector<double>& {
    return data.programs[i].entries[j].values["minus_untimed_ns"];
  };
  beast_of(0, 2) = fast;  // with 0 others; with 1,000 it is significant
  EXPECT_THAT(page_of(data), HasSubstr("<td>with beast</td><td class=\"number\">−100 ns</td>"));
  for (const std::size_t index : {0u, 1u}) beast_of(index, 2) = beast_of(index, 5) = fast;
  EXPECT_THAT(page_of(data), HasSubstr("<td>with beast</td><td class=\"number\">−</td>"));
}

TEST(page, does_not_claim_to_have_no_losses_with_too_few_rounds) {
  const std::string page = page_of(latency());
  EXPECT_THAT(page, HasSubstr("Where we lose"));
  EXPECT_THAT(page, HasSubstr("Unknown: there are too few rounds."));
}

TEST(page, has_commands_that_measure_what_is_shown) {
  report_data data = overhead();
  data.command = "run -- --quick --backends=epoll";
  EXPECT_THAT(page_of(data), HasSubstr("run -- --quick --backends=epoll --filter=&#39;^timeout_"));
  data.command += " --filter='async_write/0'";
  EXPECT_THAT(page_of(data), HasSubstr("To reproduce: <code>run -- --quick --backends=epoll "
                                       "--filter=&#39;async_write/0&#39;</code>"));
}

TEST(page, has_no_percentage_of_zero) {
  const std::vector<double> zero(9, 0.0);
  const std::string page = page_of(data_of(
      {program("memory", "epoll",
               {entry({"memory", "1000", "timed"}, {{"heap_bytes", fast}}),
                entry({"memory", "1000", "raw_liburing_link_timeout"}, {{"heap_bytes", zero}})})}));
  EXPECT_THAT(page, Not(HasSubstr("inf %")));
}

TEST(page, escapes_all_texts_of_the_data) {
  report_data data = overhead();
  data.commit = "<b>&\"'";
  data.programs[0].failure = "<script>alert(1)</script>";
  data.programs[0].entries[0].name.back() = "<i>";
  data.programs[0].entries[2].error = "<u>";
  data.programs[0].context["cpu_model"] = "<s>";
  data.left_out = {"<a href='x'>"};
  const std::string page = page_of(data);
  for (const char* text : {"<b>", "<script", "<i>", "<u>", "<s>", "<a href='x'>"}) {
    EXPECT_THAT(page, Not(HasSubstr(text)));
  }
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;&amp;&quot;&#39;"));
}

TEST(page, has_notices_if_it_is_partial_disturbed_or_failed) {
  report_data data = overhead();
  EXPECT_THAT(page_of(data), Not(HasSubstr("class=\"notice\"")));
  data.stopped = "it was interrupted";
  data.interrupted = true;
  data.programs[0].failure = "seccomp forbids it";
  data.programs[1].rounds.resize(3);
  for (measured_round& round : data.programs[1].rounds) round.load = {.wall_s = 1, .steal_s = 0.5};
  const std::string page = page_of(data);
  EXPECT_THAT(page, HasSubstr("<strong>Partial:</strong> it was interrupted"));
  EXPECT_THAT(page, HasSubstr("<strong>Too few rounds:</strong>"));
  EXPECT_THAT(page, HasSubstr("timeout_overhead on epoll failed:</strong> seccomp forbids it"));
}

TEST(page, has_one_quiet_line_if_the_run_was_disturbed) {
  report_data data = overhead();
  EXPECT_THAT(page_of(data), Not(HasSubstr("class=\"quiet\"")));
  for (measured_round& round : data.programs[1].rounds) round.load = {.wall_s = 1, .steal_s = 0.5};
  const std::string page = page_of(data);
  EXPECT_THAT(page, HasSubstr("<p class=\"quiet\">This run was disturbed: in 9 of 18 processes. "));
  EXPECT_THAT(page, HasSubstr("<a href=\"#trust\">"));
  EXPECT_THAT(page, Not(HasSubstr("class=\"notice\"")));
}

TEST(page, says_only_that_it_is_useless_if_it_is) {
  report_data data = overhead();
  for (measured_program& program : data.programs) {
    for (measured_entry& entry : program.entries) {
      for (auto& [counter, values] : entry.values) values.resize(2);
    }
    program.rounds.resize(2);
    for (measured_round& round : program.rounds) round.load = {.wall_s = 1, .steal_s = 0.5};
  }
  const std::string page = page_of(data);
  EXPECT_THAT(page, HasSubstr("<strong>Too few rounds:</strong>"));
  EXPECT_THAT(page, Not(HasSubstr("class=\"quiet\"")));
  EXPECT_THAT(page, Not(HasSubstr("class=\"headline\"")));
}

TEST(page, shows_the_changes_since_an_earlier_run) {
  const report_data before = latency();
  report_data now = before;
  for (auto& [counter, values] : now.programs[0].entries[1].values) {
    for (double& value : values) value *= 2;
  }
  const changes against = compare_with(before, now);
  const std::string page =
      make_page({.data = now, .against = &against, .against_path = "old<.json"});
  EXPECT_THAT(page, HasSubstr("Since the earlier run"));
  EXPECT_THAT(page, HasSubstr("Compared with old&lt;.json: 6 figures"));
}

TEST(page, has_the_plots_of_each_suite) {
  EXPECT_THAT(page_of(latency()), HasSubstr("<figure><svg "));
}

}  // namespace
}  // namespace timed::bench
