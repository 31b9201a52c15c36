// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/headline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

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

TEST(headline, says_what_a_deadline_adds_and_to_what) {
  EXPECT_EQ(headline_of(overhead()).text,
            "On this machine a deadline adds 14 ns to a write of 0.1 us (epoll); Boost.Beast’s "
            "adds 114 ns.");
}

TEST(headline, does_not_call_noise_a_cost) {
  report_data data = overhead();
  for (measured_program& program : data.programs) {
    for (measured_entry& entry : program.entries) {
      if (entry.contender() == "timed") {
        entry.values["minus_untimed_ns"] = {-4, -3, -2, -1, 0, 1, 2, 3, 4};
      }
    }
  }
  EXPECT_THAT(headline_of(data).text,
              HasSubstr("adds nothing that can be told from noise (−3 to 3 ns) to a write"));
}

TEST(headline, says_which_backend_takes_less_cpu_time_for_an_echo) {
  report_data data = overhead();
  add_echo(data, "epoll", {200, 201, 202, 203, 204, 205, 206, 207, 208});
  add_echo(data, "io_uring_native", {100, 101, 102, 103, 104, 105, 106, 107, 108});
  EXPECT_THAT(headline_of(data).text,
              HasSubstr("Our io_uring backend serves an echo with 49 % less CPU time"));
  std::swap(data.programs[2].entries, data.programs[3].entries);
  EXPECT_THAT(headline_of(data).text, HasSubstr("with 96 % more CPU time"));
  data.programs[3].entries = data.programs[2].entries;
  EXPECT_THAT(headline_of(data).text, Not(HasSubstr("echo")));
}

TEST(headline, is_empty_with_too_few_rounds) {
  const headline shown = headline_of(latency());
  EXPECT_EQ(shown.text, "");
  EXPECT_EQ(headline_svg(shown), "");
}

TEST(headline, is_a_picture) {
  const std::string svg = headline_svg(headline_of(overhead()));
  EXPECT_THAT(svg, StartsWith("<svg "));
  EXPECT_THAT(svg, HasSubstr(">beast</text>"));
  EXPECT_THAT(svg, HasSubstr(">+114 ns</text>"));
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

TEST(markdown_summary, has_a_table_of_each_card_and_what_was_lost) {
  report_data data = overhead();
  data.programs[0].entries[5].values["minus_untimed_ns"] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  data.programs[0].context["cpu_model"] = "a | b";
  const std::string text = markdown_summary(data);
  EXPECT_THAT(text, HasSubstr("| | epoll | io\\_uring\\_native |\n|---|--:|--:|\n"));
  EXPECT_THAT(text, HasSubstr("| timed | **+14** | **+14** |\n"));
  EXPECT_THAT(text, HasSubstr("| beast | +5 | +114 |\n"));
  EXPECT_THAT(text, HasSubstr("1,000 other deadlines on epoll: "));
  EXPECT_THAT(text, HasSubstr("| cpu model | a \\| b |"));
  EXPECT_THAT(text, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace timed::bench
