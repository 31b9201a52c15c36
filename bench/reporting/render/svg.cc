// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/svg.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/reporting/render/figures.h"
#include "bench/reporting/render/html_text.h"
#include "bench/reporting/render/templates.h"

namespace timed::bench {
namespace {

// Sizes in units of the drawing, which the page scales.
constexpr double width = 480;
constexpr double left = 72;
constexpr double right = 464;
constexpr double top = 36;
constexpr double bottom = 252;
constexpr double legend_top = 306;
constexpr double legend_row = 17;

struct position {
  double x;
  double y;
};

// Maps a plot's values to positions.
class axes {
 public:
  explicit axes(const plot& plot)
      : ticks(y_ticks(plot)),
        logarithmic_(plot.logarithmic),
        y_least_(plot.y_least),
        y_most_(plot.y_most) {
    if (!logarithmic_ && !ticks.empty()) y_most_ = std::max(y_most_, ticks.back().at);
    if (y_most_ <= y_least_) y_most_ = y_least_ + 1;
    constexpr double margin = 0.25;  // of the distance of two ticks
    if (plot.x_ticks.empty()) return;
    x_least_ = plot.x_ticks.front().at - margin;
    x_most_ = plot.x_ticks.back().at + margin;
  }

  double x(double value) const {
    return left + (right - left) * (value - x_least_) / (x_most_ - x_least_);
  }
  double y(double value) const {
    return bottom - (bottom - top) * (scaled(value) - scaled(y_least_)) /
                        (scaled(y_most_) - scaled(y_least_));
  }

  const std::vector<plot_tick> ticks;

 private:
  double scaled(double value) const { return logarithmic_ ? std::log10(value) : value; }

  bool logarithmic_;
  double x_least_ = 0;
  double x_most_ = 1;
  double y_least_;
  double y_most_;
};

// @param anchor start, middle or end.
void add_text(position at, std::string_view anchor, std::string_view attributes,
              std::string_view text, std::string& out) {
  absl::StrAppendFormat(&out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>\n", at.x,
                        at.y, anchor, attributes, html_escape(text));
}

void add_line(position from, position to, std::string_view attributes, std::string& out) {
  absl::StrAppendFormat(&out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"%s/>\n", from.x,
                        from.y, to.x, to.y, attributes);
}

// Each colour has its own shape, so that series are distinguishable without colours.
void add_marker(std::size_t colour, position at, std::string& out) {
  constexpr std::string_view filled = "fill=\"currentColor\"";
  constexpr std::string_view hollow =
      "fill=\"var(--surface, white)\" stroke=\"currentColor\" stroke-width=\"1.4\"";
  constexpr std::string_view stroke = "fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.8\"";
  struct shape {
    std::string_view path;  // relative to the point
    std::string_view style;
  };
  static constexpr std::string_view square = "m-3.2-3.2h6.4v6.4h-6.4z";
  static constexpr std::string_view circle = "m-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z";
  static constexpr std::string_view up = "m0-4.2l4 7h-8z";
  static constexpr std::string_view down = "m0 4.2l4-7h-8z";
  static constexpr std::string_view diamond = "m0-4.4l4.4 4.4l-4.4 4.4l-4.4-4.4z";
  static constexpr std::string_view cross = "m-3-3l6 6m0-6l-6 6";
  static constexpr std::array<shape, plot_colours> shapes = {{{circle, filled},
                                                              {square, filled},
                                                              {up, filled},
                                                              {diamond, filled},
                                                              {down, filled},
                                                              {circle, hollow},
                                                              {square, hollow},
                                                              {up, hollow},
                                                              {diamond, hollow},
                                                              {cross, stroke}}};
  const shape& shape = shapes[(colour - 1) % plot_colours];
  absl::StrAppendFormat(&out, "<path d=\"M%.1f %.1f%s\" %s/>\n", at.x, at.y, shape.path,
                        shape.style);
}

std::string begin_group(std::size_t colour) {
  return absl::StrFormat("<g style=\"color:var(--series-%d)\">\n", colour);
}

std::string_view stroke_of(std::size_t colour) {
  return colour == 1 ? " stroke=\"currentColor\" stroke-width=\"2.6\""
                     : " stroke=\"currentColor\" stroke-width=\"1.4\"";
}

void add_axes(const plot& plot, const axes& at, std::string& out) {
  out += "<g style=\"color:var(--axis)\">\n";
  for (const plot_tick& tick : at.ticks) {
    add_line({left, at.y(tick.at)}, {right, at.y(tick.at)},
             " stroke=\"currentColor\" stroke-width=\"0.6\" stroke-dasharray=\"1.5 3\"", out);
  }
  for (const plot_tick& tick : plot.x_ticks) {
    add_line({at.x(tick.at), bottom}, {at.x(tick.at), bottom + 5}, " stroke=\"currentColor\"", out);
  }
  absl::StrAppendFormat(
      &out, "<path d=\"M%.1f %.1fV%.1fH%.1f\" fill=\"none\" stroke=\"currentColor\"/>\n", left, top,
      bottom, right);
  out += "</g>\n<g style=\"color:var(--text)\" fill=\"currentColor\" font-size=\"12\">\n";
  for (const plot_tick& tick : at.ticks) {
    add_text({left - 7, at.y(tick.at) + 4}, "end", "", tick.label, out);
  }
  for (const plot_tick& tick : plot.x_ticks) {
    add_text({at.x(tick.at), bottom + 20}, "middle", "", tick.label, out);
  }
  constexpr double middle = (left + right) / 2;
  add_text({middle, 20}, "middle", " font-size=\"14\"", plot.title, out);
  add_text({middle, bottom + 39}, "middle", "", plot.x_label, out);
  constexpr double height = (top + bottom) / 2;
  add_text({15, height}, "middle", absl::StrFormat(" transform=\"rotate(-90 15 %.1f)\"", height),
           plot.y_label, out);
  out += "</g>\n";
}

// The points with their intervals, and the line between them.
void add_series(const plot_series& series, const axes& at, std::string& out) {
  absl::StrAppend(&out, begin_group(series.colour), "<title>", html_escape(series.label),
                  "</title>\n<polyline fill=\"none\"", stroke_of(series.colour), " points=\"");
  for (const plot_point& point : series.points) {
    absl::StrAppendFormat(&out, "%.1f,%.1f ", at.x(point.x), at.y(point.y));
  }
  out += "\"/>\n";
  for (const plot_point& point : series.points) {
    const double x = at.x(point.x);
    add_line({x, at.y(point.low)}, {x, at.y(point.high)}, stroke_of(2), out);
    for (const double end : {point.low, point.high}) {
      add_line({x - 3, at.y(end)}, {x + 3, at.y(end)}, stroke_of(2), out);
    }
    add_marker(series.colour, {x, at.y(point.y)}, out);
  }
  out += "</g>\n";
}

// Two columns below the plot.
void add_legend(const plot& plot, std::string& out) {
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    const plot_series& series = plot.series[i];
    const double x = i % 2 == 0 ? 40 : 260;
    const double y = legend_top + legend_row * static_cast<double>(i / 2);
    out += begin_group(series.colour);
    add_line({x, y}, {x + 26, y}, stroke_of(series.colour), out);
    add_marker(series.colour, {x + 13, y}, out);
    out += "</g>\n";
    add_text({x + 34, y + 4}, "start",
             " style=\"color:var(--text)\" fill=\"currentColor\" font-size=\"12\"", series.label,
             out);
  }
}

// Returns the digits of a tick; those of fractions too.
std::string tick_label(double value) {
  if (std::abs(value) < 1e-12) return "0";
  const std::string text = with_thousands(absl::StrFormat("%.10g", std::abs(value)));
  return value < 0 ? absl::StrCat("−", text) : text;
}

std::vector<plot_tick> logarithmic_ticks(double least, double most) {
  std::vector<plot_tick> ticks;
  const bool has_digits = most < 2000 * least;  // otherwise there would be too many
  for (double decade = std::pow(10, std::floor(std::log10(least))); decade <= most; decade *= 10) {
    for (const double digit : {1.0, 2.0, 5.0}) {
      const double at = digit * decade;
      if (at < least || at > most || (digit != 1 && !has_digits)) continue;
      ticks.push_back({at, tick_label(at)});
    }
  }
  return ticks;
}

std::vector<plot_tick> linear_ticks(double least, double most) {
  constexpr double intervals_max = 6;
  const double rough = std::max(most - least, 1e-9) / intervals_max;
  const double decade = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * decade;
  for (const double digit : {5.0, 2.0, 1.0}) {
    if (digit * decade >= rough) step = digit * decade;
  }
  std::vector<plot_tick> ticks;
  const double end = std::ceil(most / step - 1e-9);
  for (double i = std::ceil(least / step - 1e-9); i <= end; ++i) {
    ticks.push_back({i * step, tick_label(i * step)});
  }
  return ticks;
}

}  // namespace

std::vector<plot_tick> y_ticks(const plot& plot) {
  return plot.logarithmic ? logarithmic_ticks(plot.y_least, plot.y_most)
                          : linear_ticks(plot.y_least, plot.y_most);
}

std::string draw_svg(const plot& plot) {
  const axes at(plot);
  const double rows = static_cast<double>((plot.series.size() + 1) / 2);
  const std::string title = html_escape(plot.title);
  std::string out = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"%s\" "
      "viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\">\n<title>%s</title>\n",
      title, width, legend_top + legend_row * rows, title);
  add_axes(plot, at, out);
  for (const plot_series& series : plot.series) add_series(series, at, out);
  add_legend(plot, out);
  return out + "</svg>";
}

std::string draw_svg_file(const plot& plot) {
  std::string drawing = draw_svg(plot);
  drawing.insert(drawing.find('>') + 1,
                 absl::StrCat("\n<style>", templates::colours_css, "</style>\n",
                              "<rect width=\"100%\" height=\"100%\" fill=\"var(--surface)\"/>"));
  return drawing + "\n";
}

}  // namespace timed::bench
