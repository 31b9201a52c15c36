// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Line plots as SVG, in the colours of the page that they are put into.

#ifndef TIMED_BENCH_REPORTING_RENDER_SVG_H
#define TIMED_BENCH_REPORTING_RENDER_SVG_H

#include <cstddef>
#include <string>
#include <vector>

namespace timed::bench {

struct plot_point {
  double x;
  double y;
  double low;  ///< Ends of the interval; both are y without one.
  double high;
};

struct plot_series {
  std::string label = {};
  std::size_t colour = {};  ///< Number of a colour of the page, from 1; ours is 1.
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
  std::vector<plot_tick> x_ticks = {};
  std::vector<plot_series> series = {};
  bool logarithmic = false;  ///< The y axis.
  double y_least = 0;        ///< Range of the y axis; a linear one ends at the next tick above.
  double y_most = 0;
};

/// Number of colours of the page.
inline constexpr std::size_t plot_colours = 10;

/// @return Ticks of the y axis: 1, 2, 5, 10, ... or only powers of ten if logarithmic; otherwise
///     multiples of 1, 2 or 5 times a power of ten, up to the first one above the range.
std::vector<plot_tick> y_ticks(const plot& plot);

/// @return An SVG element for a page in HTML.
std::string draw_svg(const plot& plot);

/// @return A file, in the colours of the page, in light and in dark mode.
std::string draw_svg_file(const plot& plot);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_SVG_H
