// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The plots.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/render/plots.h"
#include "bench/reporting/render/svg.h"
#include "bench/reporting/render/test_data.h"

namespace timed::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(plots_of, has_costs_against_numbers_for_each_backend_and_for_all) {
  const std::vector<plot> plots = plots_of(overhead(), "timeout_overhead");
  ASSERT_EQ(plots.size(), 3u);
  EXPECT_EQ(plots[0].title, "async_write_some on epoll");
  EXPECT_EQ(plots[0].x_ticks[1].label, "1,000");
  ASSERT_EQ(plots[0].series.size(), 2u);  // without rows that are zero by definition
  EXPECT_EQ(plots[0].series[0].label, "timed");
  EXPECT_EQ(plots[0].series[0].colour, 1u);
  EXPECT_EQ(plots[0].series[0].points[1].low, 11);
  EXPECT_TRUE(plots[0].logarithmic);
  EXPECT_EQ(plots[2].title, "timed, async_write_some on each backend");
}

TEST(plots_of, includes_negative_differences_in_the_axis) {
  report_data data = overhead();
  data.programs[0].entries[1].values["minus_untimed_ns"] = {-5, -4, -3, -2, -1, 1, 2, 3, 4};
  const std::vector<plot> plots = plots_of(data, "timeout_overhead");
  ASSERT_EQ(plots.size(), 3u);
  EXPECT_FALSE(plots[0].logarithmic);
  EXPECT_EQ(plots[0].series[0].points[0].low, -4);
  EXPECT_EQ(plots[0].y_least, -4);
  data.programs[0].entries[1].values["minus_untimed_ns"] = slow;
  data.programs[0].entries[4].values["minus_untimed_ns"] = slow;
  const std::vector<plot> positive = plots_of(data, "timeout_overhead");
  EXPECT_FALSE(positive[0].logarithmic);
  EXPECT_EQ(positive[0].y_least, 0);
}

TEST(draw_svg_file, has_its_own_colours) {
  const std::string file = draw_svg_file(plots_of(overhead(), "timeout_overhead").front());
  EXPECT_THAT(file, StartsWith("<svg xmlns="));
  EXPECT_THAT(file, HasSubstr("<style>"));
  EXPECT_THAT(file, HasSubstr("--series-10: "));
  EXPECT_THAT(file, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(file, Not(HasSubstr("box-sizing")));
  EXPECT_THAT(file, HasSubstr("var(--series-1)"));
}

TEST(plots_of, has_percentile_curves) {
  const std::vector<plot> plots = plots_of(latency(), "write_latency");
  ASSERT_EQ(plots.size(), 1u);
  EXPECT_EQ(plots[0].title, "tcp/64 on epoll");
  EXPECT_EQ(plots[0].x_ticks[3].label, "99.9 %");
  EXPECT_NEAR(plots[0].x_ticks[3].at, 3, 1e-9);
  EXPECT_EQ(plots[0].series[1].points[3].y, 4800);
}

TEST(plots_of, is_empty_without_data) {
  EXPECT_THAT(plots_of(overhead(), "no such suite"), IsEmpty());
  EXPECT_THAT(plots_of(data_of({program("empty", "epoll", {})}), "empty"), IsEmpty());
}

TEST(y_ticks, of_a_linear_axis_are_round_numbers_up_to_the_first_above_the_range) {
  const auto labels = [](double least, double most) {
    std::vector<std::string> all;
    for (const plot_tick& tick : y_ticks({.y_least = least, .y_most = most})) {
      all.push_back(tick.label);
    }
    return all;
  };
  EXPECT_THAT(labels(0, 1100), ElementsAre("0", "200", "400", "600", "800", "1,000", "1,200"));
  EXPECT_THAT(labels(-4, 18), ElementsAre("0", "5", "10", "15", "20"));
  EXPECT_THAT(labels(-6, 9), ElementsAre("−5", "0", "5", "10"));
  EXPECT_THAT(labels(0, 0.4), ElementsAre("0", "0.1", "0.2", "0.3", "0.4"));
  EXPECT_THAT(labels(0, 0), Not(IsEmpty()));
}

TEST(y_ticks, of_a_logarithmic_axis_are_powers_of_ten_and_digits_where_there_is_room) {
  const auto labels = [](double least, double most) {
    std::vector<std::string> all;
    for (const plot_tick& tick : y_ticks({.logarithmic = true, .y_least = least, .y_most = most})) {
      all.push_back(tick.label);
    }
    return all;
  };
  EXPECT_THAT(labels(8, 120), ElementsAre("10", "20", "50", "100"));
  EXPECT_THAT(labels(0.5, 20'000), ElementsAre("1", "10", "100", "1,000", "10,000"));
}

TEST(draw_svg, has_each_series_in_its_colour_of_the_page_with_its_points_and_label) {
  const plot plot{.title = "a title",
                  .x_label = "x",
                  .y_label = "y",
                  .x_ticks = {{0, "0"}, {1, "1,000"}},
                  .series = {{.label = "timed", .colour = 1, .points = {{0, 50, 0, 100}}},
                             {.label = "beast", .colour = 2, .points = {{1, 100, 100, 100}}}},
                  .y_most = 100};
  const std::string svg = draw_svg(plot);
  EXPECT_THAT(svg, StartsWith("<svg "));
  EXPECT_THAT(svg, HasSubstr("aria-label=\"a title\""));
  EXPECT_THAT(svg, HasSubstr("color:var(--series-1)"));
  EXPECT_THAT(svg, HasSubstr("<title>beast</title>"));
  EXPECT_THAT(svg, HasSubstr(">1,000</text>"));
  // The ends of the y axis are at 252 and 36, those of the x axis, a quarter of a tick outside of
  // the ticks, at 72 and 464.
  EXPECT_THAT(svg, HasSubstr("points=\"137.3,144.0 \""));
  EXPECT_THAT(svg, HasSubstr("points=\"398.7,36.0 \""));
  EXPECT_THAT(svg, HasSubstr("<line x1=\"137.3\" y1=\"252.0\" x2=\"137.3\" y2=\"36.0\""));
}

TEST(draw_svg, escapes_all_texts) {
  const std::string svg = draw_svg({.title = "<a>",
                                    .x_label = "<b>",
                                    .y_label = "<c>",
                                    .x_ticks = {{0, "<d>"}},
                                    .series = {{.label = "<e>", .colour = 1}}});
  for (const char* text : {"<a>", "<b>", "<c>", "<d>", "<e>"}) {
    EXPECT_THAT(svg, Not(HasSubstr(text)));
  }
  EXPECT_THAT(svg, HasSubstr("&lt;e&gt;"));
}

}  // namespace
}  // namespace timed::bench
