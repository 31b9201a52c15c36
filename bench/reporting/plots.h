// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Plots as SVG, drawn by gnuplot. Their colours are those of the page that they are put into.

#ifndef TIMED_BENCH_REPORTING_PLOTS_H
#define TIMED_BENCH_REPORTING_PLOTS_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/report_data.h"
#include "bench/reporting/result.h"

namespace timed::bench {

struct plot_point {
  double x;
  double y;
  double low;  ///< Of the interval; as y where there is none.
  double high;
};

struct plot_series {
  std::string label = {};
  std::size_t colour = {};  ///< Of the page, from 1; ours is 1.
  std::vector<plot_point> points = {};
};

struct plot_tick {
  double at;
  std::string label = {};
};

struct plot {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  std::vector<plot_tick> ticks = {};  ///< Of the x axis.
  std::vector<plot_series> series = {};
  bool logarithmic = false;  ///< The y axis.
  double y_least = 0;
  double y_most = 0;  ///< Of a logarithmic one; others end where gnuplot ends them.
};

/// How many colours the page has.
inline constexpr std::size_t plot_colours = 10;

/// What can be drawn of a suite: percentile curves of its headline entries, and costs against what
/// there is more and more of.
std::vector<plot> plots_of(const report_data& data, std::string_view suite);

/// @return The program, from PATH; empty if it is not there.
std::string find_gnuplot();

/// What gnuplot is to do.
std::string gnuplot_script(const plot& is, std::string_view output);

/// Makes what gnuplot has written a part of the page: without prologue, with the page's colours,
/// and with names of its own.
std::string inline_svg(std::string_view svg, const plot& is, std::string_view id);

/// @param folder Where it can write for the moment.
/// @param id Names the plot in the page.
result<std::string> draw(const plot& is, const std::string& gnuplot, const std::string& folder,
                         const std::string& id);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_PLOTS_H
