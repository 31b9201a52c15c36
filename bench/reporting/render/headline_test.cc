// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/headline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/render/cards.h"
#include "bench/reporting/render/markdown.h"
#include "bench/reporting/render/test_data.h"

namespace timed::bench {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

headline headline_of(const report_data& data) {
  const std::vector<comparison> comparisons = compare_within(data);
  return make_headline(data, summary_cards(data, comparisons), comparisons);
}

void add_echo(report_data& data, const char* backend, const std::vector<double>& time_ns) {
  data.programs.push_back(
      program("echo_cpu", backend, {entry({"echo_cpu", "16", "timed"}, {{"real_time", time_ns}})}));
}

void set_overhead(report_data& data, const char* contender, const std::vector<double>& values) {
  for (measured_program& program : data.programs) {
    for (measured_entry& entry : program.entries) {
      if (entry.contender() == contender) entry.values["minus_untimed_ns"] = values;
    }
  }
}

TEST(headline, says_what_a_deadline_adds_and_to_what) {
  EXPECT_EQ(headline_of(overhead()).text,
            "On this machine a deadline adds 14 ns to a write, which then takes 0.1 us (epoll); "
            "Boost.Beast’s adds 114 ns.");
}

TEST(headline, does_not_call_noise_a_cost) {
  report_data data = overhead();
  set_overhead(data, "timed", {-4, -3, -2, -1, 0, 1, 2, 3, 4});
  EXPECT_THAT(headline_of(data).text,
              HasSubstr("adds nothing that can be told from noise (−3 to 3 ns) to a write"));
}

TEST(headline, is_about_a_backend_on_which_our_stream_was_measured) {
  report_data data = overhead();
  std::erase_if(data.programs[0].entries,
                [](const measured_entry& one) { return one.contender() == "timed"; });
  EXPECT_THAT(headline_of(data).text, HasSubstr("(io_uring_native)"));
  EXPECT_EQ(headline_of(data).plot->backends.front().backend, "io_uring_native");
  set_overhead(data, "timed", {1, 2});  // too few rounds
  EXPECT_EQ(headline_of(data).text, "");
  EXPECT_EQ(headline_svg(headline_of(data)), "");
}

TEST(headline, says_which_backend_takes_less_cpu_time_for_an_echo) {
  report_data data = overhead();
  add_echo(data, "epoll", {200, 201, 202, 203, 204, 205, 206, 207, 208});
  add_echo(data, "io_uring_native", {100, 101, 102, 103, 104, 105, 106, 107, 108});
  EXPECT_THAT(headline_of(data).text,
              HasSubstr("Our io_uring backend serves an echo with 49 % less CPU time than the same "
                        "stream on Asio’s epoll."));
  std::swap(data.programs[2].entries, data.programs[3].entries);
  EXPECT_THAT(headline_of(data).text, HasSubstr("with 96 % more CPU time"));
  data.programs[3].entries = data.programs[2].entries;
  EXPECT_THAT(headline_of(data).text, Not(HasSubstr("echo")));
}

TEST(headline, says_in_how_many_loads) {
  report_data data = overhead();
  const std::vector<double> same{200, 201, 202, 203, 204, 205, 206, 207, 208};
  add_echo(data, "epoll", same);
  add_echo(data, "io_uring_native", {100, 101, 102, 103, 104, 105, 106, 107, 108});
  const auto add_load = [&](std::size_t index, const char* connections,
                            const std::vector<double>& time_ns) {
    data.programs[index].entries.push_back(
        entry({"echo_cpu", connections, "timed"}, {{"real_time", time_ns}}));
  };
  add_load(2, "64", same);
  add_load(3, "64", same);
  EXPECT_THAT(headline_of(data).text,
              HasSubstr("49 % less CPU time than the same stream on Asio’s epoll, in 1 of 2 loads; "
                        "in the others"));
  add_load(2, "256", same);
  add_load(3, "256", {300, 301, 302, 303, 304, 305, 306, 307, 308});
  EXPECT_THAT(headline_of(data).text, HasSubstr("49 % less to 49 % more CPU time"));
}

TEST(headline, is_empty_with_too_few_rounds) {
  const headline shown = headline_of(latency());
  EXPECT_EQ(shown.text, "");
  EXPECT_EQ(headline_svg(shown), "");
}

TEST(headline, is_a_picture_that_says_which_run_it_is) {
  report_data data = overhead();
  data.commit = "<b>";
  const std::string svg = headline_svg(headline_of(data));
  EXPECT_THAT(svg, StartsWith("<svg "));
  EXPECT_THAT(svg, HasSubstr(">beast</text>"));
  EXPECT_THAT(svg, HasSubstr(">+114 ns</text>"));
  EXPECT_THAT(svg, HasSubstr("timed_stream · today · commit &lt;b&gt; · A CPU · "));
  EXPECT_THAT(svg, Not(HasSubstr("disturbed")));
  for (measured_round& round : data.programs[1].rounds) round.load = {.wall_s = 1, .steal_s = 0.5};
  EXPECT_THAT(headline_svg(headline_of(data)), HasSubstr(" · disturbed</text>"));
}

TEST(cards, have_the_best_contender_first_and_mark_what_is_alike) {
  report_data data = overhead();
  data.programs[0].entries.push_back(
      entry({"timeout_overhead", "async_write_some", "1000", "libevent"},
            {{"write_ns", slow}, {"minus_untimed_ns", {9, 11, 12, 13, 14, 15, 16, 17, 19}}}));
  const std::vector<card> cards = summary_cards(data, compare_within(data));
  const auto first = std::find_if(cards.begin(), cards.end(), [](const card& one) {
    return one.group == "timeout_overhead/async_write_some/1000";
  });
  ASSERT_NE(first, cards.end());
  const std::vector<card_bar>& bars = first->backends.front().bars;
  ASSERT_EQ(bars.size(), 3u);
  EXPECT_EQ(bars.back().about.name, "beast");
  EXPECT_FALSE(bars.back().is_alike);
  EXPECT_TRUE(first->backends.front().find("libevent")->is_alike);
  EXPECT_FALSE(first->backends.front().find("timed")->is_alike);
  EXPECT_LE(bars.back().low, bars.back().median);
}

TEST(cards, have_factors_of_figures_but_not_of_differences) {
  const report_data data =
      data_of({program("round_trip", "epoll",
                       {entry({"round_trip", "unix", "100", "timed"}, {{"real_time", fast}}),
                        entry({"round_trip", "unix", "100", "socket"}, {{"real_time", slow}})}),
               overhead().programs[0]});
  for (const card& one : summary_cards(data, compare_within(data))) {
    const card_backend& on = one.backends.front();
    EXPECT_FALSE(on.find("timed")->factor.has_value());
    if (one.suite == "round_trip") {
      EXPECT_NEAR(on.find("socket")->factor.value_or(0), 114.0 / 14, 1e-9);
    } else {
      EXPECT_FALSE(on.find("beast")->factor.has_value());
    }
  }
}

TEST(cards, keep_their_unit_if_the_last_program_has_failed) {
  report_data data = data_of(
      {program("echo_cpu", "epoll", {entry({"echo_cpu", "64", "timed"}, {{"real_time", fast}})}),
       program("echo_cpu", "io_uring_native", {})});
  data.programs[1].failure = "seccomp forbids it";
  const std::vector<card> cards = summary_cards(data, {});
  ASSERT_EQ(cards.size(), 1u);
  EXPECT_EQ(cards[0].counter.heading, "CPU time");
}

TEST(markdown_summary, has_a_table_of_each_card_and_what_was_lost) {
  report_data data = overhead();
  data.programs[0].entries[5].values["minus_untimed_ns"] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  data.programs[0].context["cpu_model"] = R"(a \| b)";
  const std::string text = markdown_summary(data);
  EXPECT_THAT(text, HasSubstr("| | epoll | io\\_uring\\_native |\n|---|--:|--:|\n"));
  EXPECT_THAT(text, HasSubstr("| timed | **+14** | **+14** |\n"));
  EXPECT_THAT(text, HasSubstr("| beast | +5 | +114 |\n"));
  EXPECT_THAT(text, HasSubstr("- async\\_write\\_some, 1,000 other deadlines on epoll: what a "
                              "deadline adds to a write, +14; beast +5 ns\n"));
  EXPECT_THAT(text, HasSubstr(R"(| cpu\_model | a \\\| b |)"));
  EXPECT_THAT(text, Not(HasSubstr("secret")));
}

TEST(markdown_summary, names_the_variant_that_lost) {
  report_data data = overhead();
  data.programs[0].entries.push_back(
      entry({"timeout_overhead", "async_write_some", "1000", "timed_alternating"},
            {{"write_ns", slow}, {"minus_untimed_ns", slow}}));
  EXPECT_THAT(markdown_summary(data),
              HasSubstr("1,000 other deadlines, timed\\_alternating on epoll: "));
}

TEST(markdown_summary, says_what_failed_and_claims_nothing_with_too_few_rounds) {
  report_data data = latency();
  data.programs[0].rounds.resize(3);
  data.programs[0].failure = "seccomp | forbids it";
  const std::string text = markdown_summary(data);
  EXPECT_THAT(text, HasSubstr("> **write\\_latency on epoll failed:** seccomp \\| forbids it\n"));
  EXPECT_THAT(text, HasSubstr("> **Too few rounds:**"));
  EXPECT_THAT(text, HasSubstr("Unknown: there are too few rounds."));
  EXPECT_THAT(text, Not(HasSubstr("No significant loss")));
}

}  // namespace
}  // namespace timed::bench
