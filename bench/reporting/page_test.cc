// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The tables, the plots and the page, made from data.

#include "bench/reporting/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/reporting/comparisons.h"
#include "bench/reporting/html_text.h"
#include "bench/reporting/plots.h"
#include "bench/reporting/report_data.h"
#include "bench/reporting/suites.h"
#include "bench/reporting/table.h"

namespace timed::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

measured_entry entry(std::vector<std::string> name,
                     std::map<std::string, std::vector<double>, std::less<>> values) {
  return {.name = std::move(name), .values = std::move(values)};
}

measured_program program(std::string suite, std::string backend,
                         std::vector<measured_entry> entries) {
  measured_program made{.suite = std::move(suite), .backend = std::move(backend)};
  made.entries = std::move(entries);
  made.context = {{"cpu_model", "A CPU"},
                  {"host_name", "secret"},
                  {"mitigations", "one | two"},
                  {"backend_active", made.backend}};
  made.rounds.resize(9);
  return made;
}

report_data data_of(std::vector<measured_program> programs) {
  return {.date = "today",
          .commit = "0123456789ab",
          .command = "the command",
          .mode = "quick",
          .rounds_planned = 9,
          .min_time_s = 0.01,
          .left_out = {"much"},
          .programs = std::move(programs)};
}

const std::vector<double> fast{10, 11, 12, 13, 14, 15, 16, 17, 18};
const std::vector<double> slow{110, 111, 112, 113, 114, 115, 116, 117, 118};

report_data overhead() {
  std::vector<measured_program> programs;
  for (const char* backend : {"epoll", "io_uring_native"}) {
    std::vector<measured_entry> entries;
    for (const char* others : {"0", "1000"}) {
      const auto named = [&](const char* contender) {
        return std::vector<std::string>{"timeout_overhead", "async_write_some", others, contender};
      };
      entries.push_back(
          entry(named("socket"), {{"write_ns", slow}, {"minus_raw_ns", {0, 0, 0, 0, 0}}}));
      entries.push_back(entry(named("timed"), {{"write_ns", slow}, {"minus_untimed_ns", fast}}));
      entries.push_back(entry(named("beast"), {{"write_ns", slow}, {"minus_untimed_ns", slow}}));
    }
    programs.push_back(program("timeout_overhead", backend, std::move(entries)));
  }
  return data_of(std::move(programs));
}

report_data latency() {
  const auto percentiles = [](double by) {
    std::map<std::string, std::vector<double>, std::less<>> values;
    for (const char* counter : {"p50_ns", "p90_ns", "p99_ns", "p99_9_ns"}) {
      values[counter] = {by, by, by + 1};
      by *= 2;
    }
    return values;
  };
  return data_of({program("write_latency", "epoll",
                          {entry({"write_latency", "tcp", "64", "send"}, percentiles(500)),
                           entry({"write_latency", "tcp", "64", "timed"}, percentiles(600))})});
}

std::string page_of(const report_data& data) {
  return make_page({.data = data});
}

TEST(with_thousands, is_of_whole_numbers_only) {
  EXPECT_EQ(with_thousands("1000000"), "1,000,000");
  EXPECT_EQ(with_thousands("64"), "64");
  EXPECT_EQ(with_thousands("async_write"), "async_write");
}

TEST(make_table, leaves_out_what_is_as_in_the_row_above) {
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

TEST(make_table, of_an_unknown_suite_has_all_that_it_counts_percentiles_first) {
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

TEST(report_text, of_nothing_is_empty) {
  EXPECT_EQ(report_text(data_of({}), nullptr), "");
}

TEST(report_text, says_that_it_is_partial_and_what_failed) {
  report_data data = overhead();
  data.stopped = "it was interrupted";
  data.interrupted = true;
  data.programs[0].entries[1].error = "no luck";
  data.programs[0].entries[1].values.clear();
  const std::string text = report_text(data, nullptr);
  EXPECT_THAT(text, HasSubstr("PARTIAL: it was interrupted"));
  EXPECT_THAT(text, HasSubstr("timed  FAILED in 9 of 9 rounds: no luck\n"));
}

// Ctrl-C is another thing than time that was up.
TEST(report_text, says_that_there_are_fewer_rounds_as_does_the_page) {
  report_data data = overhead();
  data.stopped = "7 of 9 rounds fit in";
  EXPECT_THAT(report_text(data, nullptr), HasSubstr("FEWER ROUNDS: 7 of 9 rounds fit in"));
  EXPECT_THAT(report_text(data, nullptr), Not(HasSubstr("PARTIAL")));
  EXPECT_THAT(page_of(data), HasSubstr("<strong>Fewer rounds:</strong> 7 of 9 rounds fit in"));
}

// Comparisons are made of the other rounds, so these are shown too.
TEST(make_table, has_the_figures_of_an_entry_that_failed_in_some_rounds_and_says_so) {
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

TEST(make_table, says_if_a_rate_was_not_kept_or_the_client_was_disturbed) {
  const measured_program open_loop = program(
      "open_loop", "epoll",
      {entry({"open_loop", "50000", "timed"},
             {{"p50_ns", fast}, {"kept_rate", {1, 0, 0}}, {"client_was_late", {0, 0, 1}}})});
  EXPECT_EQ(make_table(open_loop).rows[0].remark,
            "did not keep the rate in 2 of 9 rounds; its client was disturbed in 1 of 9 rounds");
}

TEST(make_table, says_if_a_server_waited_for_its_client_as_does_the_page) {
  const measured_program echo_cpu = program(
      "echo_cpu", "epoll",
      {entry({"echo_cpu", "64", "timed"},
             {{"real_time", fast}, {"server_busy", {1, 0.99, 0.89, 0.9, 0.2, 1, 1, 1, 1}}})});
  EXPECT_EQ(make_table(echo_cpu).rows[0].remark,
            "the server waited for its client in 2 of 9 rounds");
  EXPECT_THAT(page_of(data_of({echo_cpu})),
              HasSubstr("worse\">the server waited for its client in 2 of 9 rounds<"));
}

TEST(report_text, says_that_the_system_call_was_not_the_same_in_each_round_as_does_the_page) {
  const report_data data = data_of(
      {program("write_latency", "epoll",
               {entry({"write_latency", "tcp", "64", "send"},
                      {{"p50_ns", {3327, 3330, 3340, 3350, 3360, 3370, 3380, 3390, 4673}}})})});
  EXPECT_THAT(report_text(data, nullptr), HasSubstr("DISTURBED above the bounds; 0 of 9"));
  EXPECT_THAT(report_text(data, nullptr),
              HasSubstr("the median of its row: 11.1 % of the rounds (bound: 10)  ABOVE"));
  const std::string page = page_of(data);
  EXPECT_THAT(page, HasSubstr("<strong>Disturbed:</strong>"));
  EXPECT_THAT(page, HasSubstr("of its row: 11.1&nbsp;% of the rounds; the bound is 10."));
}

TEST(report_text, says_that_a_run_was_disturbed) {
  report_data data = overhead();
  for (std::size_t i = 0; i < 3; ++i) {
    data.programs[0].rounds[i].load = {.wall_s = 1, .others_cpu_s = 0.5};
  }
  const std::string text = report_text(data, nullptr);
  EXPECT_THAT(text, HasSubstr("DISTURBED above the bounds; 3 of 18 processes"));
  EXPECT_THAT(text, HasSubstr("timeout_overhead on epoll, round 1: other processes took 50 % of"));
}

TEST(disturbances_in, learns_from_one_process_that_interrupts_are_in_the_cpu_time_of_all) {
  report_data data = overhead();
  data.programs[0].rounds[0].load = {.wall_s = 1, .others_cpu_s = 0.05, .interrupts_s = 0.35};
  EXPECT_EQ(disturbances_in(data).disturbed, 0u);
  data.programs[1].rounds[0].load = {.wall_s = 1, .others_cpu_s = -0.3, .interrupts_s = 0.35};
  EXPECT_EQ(disturbances_in(data).disturbed, 1u);
}

TEST(page, needs_nothing_from_elsewhere_and_no_scripts) {
  const std::string page = page_of(overhead());
  for (const char* text : {"<script", "<link", "@import", "src=", "href=\"http", "url("}) {
    EXPECT_THAT(page, Not(HasSubstr(text)));
  }
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(page, HasSubstr("@media print"));
  EXPECT_THAT(page, HasSubstr("name=\"viewport\""));
}

TEST(page, says_first_who_wins_and_where_we_lose) {
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
  EXPECT_THAT(page, HasSubstr("To no other way to have deadlines"));
  EXPECT_THAT(page, HasSubstr("−100 ns"));
  EXPECT_THAT(page,
              HasSubstr("--filter=&#39;^timeout_overhead/async_write_some/(0|1000|100000)/&#39;"));
}

TEST(page, names_the_confidence_of_differences_which_is_that_of_the_test) {
  const report_data data = overhead();
  const changes against = compare_with(data, data);
  const std::string page = make_page({.data = data, .against = &against});
  EXPECT_THAT(page, HasSubstr("difference<small>99 % interval</small>"));
  EXPECT_THAT(page, Not(HasSubstr("95 % interval")));
  EXPECT_THAT(page, HasSubstr("belongs to the test, of 99&nbsp;% confidence"));
  EXPECT_THAT(report_text(data, &against),
              testing::ContainsRegex("the 99 %[ \n]confidence[ \n]intervals"));
}

// They are no other stream's, so they are in no tally of these.
TEST(page, says_that_we_lose_where_deadlines_are_set_in_another_way) {
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
  const auto end = page.find("Can this run be believed?");
  ASSERT_LT(losses, end);
  const std::string section = page.substr(losses, end - losses);
  EXPECT_THAT(section, HasSubstr("async_write_some, 0 other deadlines, timed_alternating<"));
  EXPECT_THAT(section, Not(HasSubstr("timed_idle_timeout")));
  EXPECT_THAT(section, Not(HasSubstr("timed_never")));
  EXPECT_THAT(page, HasSubstr("<td class=\"number better\">4</td>"));
  EXPECT_THAT(page, Not(HasSubstr("with timed")));
  const std::string text = report_text(data, nullptr);
  EXPECT_THAT(text, HasSubstr("timeout_overhead/async_write_some/0/timed_alternating  epoll"));
  EXPECT_THAT(text, Not(HasSubstr("/timed_idle_timeout")));
}

TEST(page, has_a_range_of_differences_only_of_those_that_are_told_apart) {
  report_data data = overhead();
  const auto beast_of = [&](std::size_t i, std::size_t j) -> std::vector<double>& {
    return data.programs[i].entries[j].values["minus_untimed_ns"];
  };
  beast_of(0, 2) = fast;  // with 0 others; with 1,000 it is significant
  EXPECT_THAT(page_of(data), HasSubstr("<td>with beast</td><td class=\"number\">−100 ns</td>"));
  for (const std::size_t index : {0u, 1u}) beast_of(index, 2) = beast_of(index, 5) = fast;
  EXPECT_THAT(page_of(data), HasSubstr("<td>with beast</td><td class=\"number\">−</td>"));
}

TEST(page, does_not_say_that_we_lose_nowhere_if_there_are_too_few_rounds_to_tell) {
  const std::string page = page_of(latency());
  EXPECT_THAT(page, HasSubstr("Where we lose"));
  EXPECT_THAT(page, HasSubstr("That is not known: there are too few rounds to tell."));
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

TEST(page, escapes_whatever_is_in_the_data) {
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

TEST(page, marks_what_is_partial_disturbed_or_failed) {
  report_data data = overhead();
  EXPECT_THAT(page_of(data), Not(HasSubstr("class=\"notice\"")));
  data.stopped = "it was interrupted";
  data.interrupted = true;
  data.programs[0].failure = "seccomp forbids it";
  data.programs[1].rounds.resize(3);
  for (measured_round& round : data.programs[1].rounds) round.load = {.wall_s = 1, .steal_s = 0.5};
  const std::string page = page_of(data);
  EXPECT_THAT(page, HasSubstr("<strong>Partial:</strong> it was interrupted"));
  EXPECT_THAT(page, HasSubstr("<strong>Disturbed:</strong>"));
  EXPECT_THAT(page, HasSubstr("<strong>Too few rounds:</strong>"));
  EXPECT_THAT(page, HasSubstr("timeout_overhead on epoll failed:</strong> seccomp forbids it"));
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

TEST(page, says_why_there_are_no_plots) {
  const report_data data = overhead();
  EXPECT_THAT(make_page({.data = data, .plots_missing = "There are no plots: no gnuplot."}),
              HasSubstr("<p>There are no plots: no gnuplot.</p>"));
}

TEST(plots_of, draws_costs_against_numbers_for_each_backend_and_for_all) {
  const std::vector<plot> plots = plots_of(overhead(), "timeout_overhead");
  ASSERT_EQ(plots.size(), 3u);
  EXPECT_EQ(plots[0].title, "async_write_some on epoll");
  EXPECT_EQ(plots[0].ticks[1].label, "1,000");
  ASSERT_EQ(plots[0].series.size(), 2u);  // without the rows that are zero by definition
  EXPECT_EQ(plots[0].series[0].label, "timed");
  EXPECT_EQ(plots[0].series[0].colour, 1u);
  EXPECT_EQ(plots[0].series[0].points[1].low, 11);
  EXPECT_TRUE(plots[0].logarithmic);
  EXPECT_EQ(plots[2].title, "timed, async_write_some on each backend");
}

TEST(plots_of, has_negative_differences_within_the_axis) {
  report_data data = overhead();
  data.programs[0].entries[1].values["minus_untimed_ns"] = {-5, -4, -3, -2, -1, 1, 2, 3, 4};
  const std::vector<plot> plots = plots_of(data, "timeout_overhead");
  ASSERT_EQ(plots.size(), 3u);
  EXPECT_FALSE(plots[0].logarithmic);
  EXPECT_EQ(plots[0].series[0].points[0].low, -4);
  EXPECT_THAT(gnuplot_script(plots[0], "out.svg"), HasSubstr("set yrange [-4:*]\n"));
  data.programs[0].entries[1].values["minus_untimed_ns"] = slow;
  data.programs[0].entries[4].values["minus_untimed_ns"] = slow;
  const std::vector<plot> positive = plots_of(data, "timeout_overhead");
  EXPECT_FALSE(positive[0].logarithmic);
  EXPECT_THAT(gnuplot_script(positive[0], "out.svg"), HasSubstr("set yrange [0:*]\n"));
}

TEST(plots_of, draws_percentile_curves) {
  const std::vector<plot> plots = plots_of(latency(), "write_latency");
  ASSERT_EQ(plots.size(), 1u);
  EXPECT_EQ(plots[0].title, "tcp/64 on epoll");
  EXPECT_EQ(plots[0].ticks[3].label, "99.9 %");
  EXPECT_NEAR(plots[0].ticks[3].at, 3, 1e-9);
  EXPECT_EQ(plots[0].series[1].points[3].y, 4800);
}

TEST(plots_of, draws_nothing_where_there_is_nothing) {
  EXPECT_THAT(plots_of(overhead(), "no such suite"), IsEmpty());
  EXPECT_THAT(plots_of(data_of({program("empty", "epoll", {})}), "empty"), IsEmpty());
}

TEST(gnuplot_script, cannot_be_broken_out_of_by_a_name) {
  plot is{
      .title = "it's\n`rm`", .ticks = {{0, "a"}}, .series = {{.label = "'; exit", .colour = 1}}};
  const std::string script = gnuplot_script(is, "out.svg");
  EXPECT_THAT(script, HasSubstr("set title 'it''s  rm '"));
  EXPECT_THAT(script, HasSubstr("title '''; exit'"));
}

TEST(inline_svg, has_the_pages_colours_and_names_of_its_own) {
  plot is{.title = "a & b", .series = {{.label = "x<y", .colour = 1}}};
  const std::string svg = inline_svg(
      "<?xml version=\"1.0\"?>\n<svg viewBox><title>Gnuplot</title><use xlink:href='#gpPt1'/>"
      "<g stroke='rgb(  1,   1,   1)' fill='rgb(1,1,2)'><title>gnuplot_plot_1</title></svg>",
      is, "p1");
  EXPECT_EQ(svg,
            "<svg role=\"img\" aria-label=\"a &amp; b\" viewBox><title>a &amp; b</title>"
            "<use xlink:href='#p1_point1'/><g stroke='var(--text)' fill='var(--series-1)'>"
            "<title>x&lt;y</title></svg>");
  EXPECT_EQ(inline_svg("no plot", is, "p1"), "");
}

TEST(draw, makes_svg_where_gnuplot_is_installed) {
  const std::string gnuplot = find_gnuplot();
  if (gnuplot.empty()) GTEST_SKIP() << "gnuplot is not installed";
  std::vector<plot> all = plots_of(overhead(), "timeout_overhead");
  all.push_back(plots_of(latency(), "write_latency").front());
  for (const plot& each : all) {
    const auto svg = draw(each, gnuplot, testing::TempDir(), "p1");
    ASSERT_TRUE(svg.has_value()) << svg.error().message;
    EXPECT_THAT(*svg, HasSubstr("var(--series-1)"));
    EXPECT_THAT(*svg, Not(HasSubstr("rgb(")));
    EXPECT_THAT(*svg, Not(HasSubstr("gnuplot_plot")));
  }
}

TEST(draw, says_what_gnuplot_says_if_it_fails) {
  const auto svg = draw(plot{}, "/bin/false", testing::TempDir(), "p1");
  EXPECT_THAT(svg.error().message, HasSubstr("/bin/false ended with exit code 1"));
}

}  // namespace
}  // namespace timed::bench
