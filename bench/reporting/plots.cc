// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/plots.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "bench/reporting/child_process.h"
#include "bench/reporting/comparisons.h"
#include "bench/reporting/html_text.h"
#include "bench/reporting/plan.h"
#include "bench/reporting/report_data.h"
#include "bench/reporting/result.h"
#include "bench/reporting/suites.h"
#include "bench/reporting/table.h"
#include "bench/support/statistics.h"

namespace timed::bench {
namespace {

namespace fs = std::filesystem;

// Those that have the same colour in all plots; others get one that a plot does not use yet.
std::size_t colour_of(std::string_view contender) {
  static const std::vector<std::string_view> known = {"timed",
                                                      "beast",
                                                      "asio_cancel_after",
                                                      "socket",
                                                      "send",
                                                      "timed_idle_timeout",
                                                      "raw_liburing",
                                                      "raw_liburing_send",
                                                      "timed_alternating"};
  const auto found = std::find(known.begin(), known.end(), contender);
  return found == known.end() ? 0 : static_cast<std::size_t>(found - known.begin()) + 1;
}

void decide_colours(plot& is) {
  for (plot_series& series : is.series) {
    for (std::size_t colour = 2; series.colour == 0; ++colour) {
      const bool used =
          std::any_of(is.series.begin(), is.series.end(),
                      [&](const plot_series& other) { return other.colour == colour; });
      if (!used) series.colour = colour;
      if (used && colour == plot_colours) series.colour = plot_colours;  // there are no more
    }
  }
}

std::size_t colour_of_backend(std::string_view backend) {
  return backend == "io_uring_native" ? 1 : backend == "epoll" ? 2 : 3;
}

plot_point point_of(double x, const std::vector<double>& samples) {
  const interval is = median_interval(samples, target_confidence);
  return {x, median(samples), is.low, is.high};
}

// In single quotes, in which gnuplot takes all but these as they are.
std::string gnuplot_text(std::string_view text) {
  std::string safe;
  for (const char each : text) {
    safe += absl::ascii_iscntrl(static_cast<unsigned char>(each)) || each == '\\' || each == '`'
                ? ' '
                : each;
  }
  return absl::StrCat("'", absl::StrReplaceAll(safe, {{"'", "''"}}), "'");
}

void decide_axis(plot& is) {
  double least = INFINITY;
  double most = 0;
  for (const plot_series& series : is.series) {
    for (const plot_point& each : series.points) {
      least = std::min(least, each.low);
      most = std::max(most, each.high);
    }
  }
  is.logarithmic = least > 0 && most > 5 * least;
  is.y_least = is.logarithmic ? least / 1.3 : std::min(0.0, least);
  is.y_most = most * 1.3;
}

// 1, 2, 5, 10, 20 and so on; only 1, 10, 100 where that would be many.
std::string logarithmic_ticks(double least, double most) {
  std::vector<std::string> ticks;
  const bool few = most < 2000 * least;
  for (double decade = std::pow(10, std::floor(std::log10(least))); decade <= most; decade *= 10) {
    for (const double digit : {1.0, 2.0, 5.0}) {
      const double at = digit * decade;
      if (at < least || at > most || (digit != 1 && !few)) continue;
      const std::string label = with_thousands(absl::StrFormat("%.10g", at));
      ticks.push_back(absl::StrFormat("%s %.10g", gnuplot_text(label), at));
    }
  }
  return absl::StrJoin(ticks, ", ");
}

std::string axis_label(const column& counter) {
  return counter.unit.empty() ? counter.heading : absl::StrCat(counter.heading, ", ", counter.unit);
}

std::string title_of(std::string_view group, std::string_view backend) {
  const std::vector<std::string> parts = absl::StrSplit(group, '/');
  return absl::StrCat(absl::StrJoin(parts.begin() + 1, parts.end(), "/"),
                      parts.size() > 1 ? " on " : "on ", backend);
}

std::vector<column> percentiles_of(const measured_program& program) {
  std::vector<column> all;
  for (const column& each : columns_of(program)) {
    if (percentile_of(each.counter)) all.push_back(each);
  }
  return all;
}

double place_of_percentile(double percentile) {
  return -std::log10(1 - percentile / 100);
}

void add_percentile_curves(const measured_program& program, std::vector<plot>& out) {
  const std::vector<column> percentiles = percentiles_of(program);
  if (percentiles.size() < 3) return;
  const auto headline = entry_filter::parse(describe_suite(program.suite).headline);
  std::map<std::string, plot> by_group;
  std::vector<std::string> order;
  for (const measured_entry& entry : program.entries) {
    if (!headline.has_value() || !headline->matches(entry.full_name())) continue;
    plot_series series{
        .label = entry.contender(), .colour = colour_of(entry.contender()), .points = {}};
    for (const column& each : percentiles) {
      const std::vector<double> samples = entry.samples(each.counter);
      if (samples.empty()) continue;
      series.points.push_back(point_of(place_of_percentile(*percentile_of(each.counter)), samples));
    }
    if (series.points.empty()) continue;
    const auto [found, is_new] = by_group.try_emplace(entry.group());
    if (is_new) {
      order.push_back(entry.group());
      plot& is = found->second;
      is.title = title_of(entry.group(), program.backend);
      is.x_label = "percentile";
      is.y_label = percentiles.front().unit;
      for (const column& each : percentiles) {
        is.ticks.push_back({place_of_percentile(*percentile_of(each.counter)),
                            absl::StrCat(*percentile_of(each.counter), " %")});
      }
    }
    found->second.series.push_back(std::move(series));
  }
  for (const std::string& group : order) out.push_back(std::move(by_group[group]));
}

// The entry's part that costs are plotted against, which is the one before the contender; empty if
// it is no number.
std::string number_of(const measured_entry& entry) {
  double ignored = 0;
  if (entry.name.size() < 3) return "";
  const std::string& part = entry.name[entry.name.size() - 2];
  return absl::SimpleAtod(part, &ignored) ? part : "";
}

std::string without_number(const measured_entry& entry) {
  return absl::StrJoin(entry.name.begin(), entry.name.end() - 2, "/");
}

// A plot's points are at 0, 1, 2 and so on: the numbers go up to a million and begin at 0.
std::vector<std::string> numbers_of(const measured_program& program, const std::string& prefix) {
  std::vector<std::string> all;
  for (const measured_entry& entry : program.entries) {
    const std::string number = number_of(entry);
    if (number.empty() || without_number(entry) != prefix) continue;
    if (std::find(all.begin(), all.end(), number) == all.end()) all.push_back(number);
  }
  return all;
}

std::vector<std::string> prefixes_of(const measured_program& program) {
  std::vector<std::string> all;
  for (const measured_entry& entry : program.entries) {
    if (number_of(entry).empty()) continue;
    const std::string prefix = without_number(entry);
    if (std::find(all.begin(), all.end(), prefix) == all.end()) all.push_back(prefix);
  }
  return all;
}

plot_series costs_of(const measured_program& program, const std::string& prefix,
                     const std::vector<std::string>& numbers, std::string_view contender,
                     std::string_view counter) {
  plot_series series;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const measured_entry* entry =
        program.find(absl::StrCat(prefix, "/", numbers[i], "/", contender));
    if (entry == nullptr) continue;
    const std::vector<double> samples = entry->samples(counter);
    if (!samples.empty()) series.points.push_back(point_of(static_cast<double>(i), samples));
  }
  return series;
}

plot cost_plot(const measured_program& program, const std::vector<std::string>& numbers,
               const column& counter) {
  const suite& about = describe_suite(program.suite);
  plot is{
      .x_label = about.plotted_against, .y_label = axis_label(counter), .ticks = {}, .series = {}};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    is.ticks.push_back({static_cast<double>(i), with_thousands(numbers[i])});
  }
  return is;
}

void add_costs(const report_data& data, std::string_view suite, std::vector<plot>& out) {
  std::map<std::string, plot> of_backends;
  std::vector<std::string> order;
  for (const measured_program& program : data.programs) {
    if (program.suite != suite || compared_in(program).empty()) continue;
    const column counter = describe_compared(program, compared_in(program).front());
    for (const std::string& prefix : prefixes_of(program)) {
      const std::vector<std::string> numbers = numbers_of(program, prefix);
      if (numbers.size() < 2) continue;
      plot is = cost_plot(program, numbers, counter);
      is.title = title_of(prefix, program.backend);
      std::vector<std::string> drawn;
      for (const measured_entry& entry : program.entries) {
        const std::string& name = entry.contender();
        if (without_number(entry) != prefix || is_aa_row(name, counter.counter)) continue;
        if (std::find(drawn.begin(), drawn.end(), name) != drawn.end()) continue;
        drawn.push_back(name);
        plot_series series = costs_of(program, prefix, numbers, name, counter.counter);
        series.label = name;
        series.colour = colour_of(name);
        if (!series.points.empty()) is.series.push_back(std::move(series));
      }
      if (!is.series.empty()) out.push_back(is);

      plot_series ours = costs_of(program, prefix, numbers, our_contender, counter.counter);
      if (ours.points.empty()) continue;
      ours.label = program.backend;
      ours.colour = colour_of_backend(program.backend);
      const auto [found, is_new] = of_backends.try_emplace(prefix, is);
      if (is_new) {
        order.push_back(prefix);
        found->second.series.clear();
        const std::string title = title_of(prefix, "each backend");
        found->second.title = absl::StrCat(our_contender, ", ", title);
      }
      found->second.series.push_back(std::move(ours));
    }
  }
  for (const std::string& prefix : order) {
    if (of_backends[prefix].series.size() > 1) out.push_back(std::move(of_backends[prefix]));
  }
}

// Colours that stand for the page's, by their order: 0 is that of text, the last that of lines.
std::string placeholder(std::size_t colour) {
  return absl::StrFormat("#0101%02x", colour + 1);
}

// It writes them in two ways.
void replace_colour(std::size_t colour, std::string_view by,
                    std::vector<std::pair<std::string, std::string>>& replaced) {
  replaced.emplace_back(absl::StrFormat("rgb(%3d, %3d, %3d)", 1, 1, colour + 1), by);
  replaced.emplace_back(absl::StrFormat("rgb(1,1,%d)", colour + 1), by);
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::vector<plot> plots_of(const report_data& data, std::string_view suite) {
  std::vector<plot> all;
  for (const measured_program& program : data.programs) {
    if (program.suite == suite) add_percentile_curves(program, all);
  }
  add_costs(data, suite, all);
  for (plot& each : all) {
    decide_axis(each);
    decide_colours(each);
  }
  return all;
}

std::string find_gnuplot() {
  const char* path = std::getenv("PATH");
  for (const std::string_view folder : absl::StrSplit(path == nullptr ? "" : path, ':')) {
    const std::string candidate = absl::StrCat(folder, "/gnuplot");
    if (!folder.empty() && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

std::string gnuplot_script(const plot& is, std::string_view output) {
  const std::string text = placeholder(0);
  const std::size_t height = 310 + 16 * ((is.series.size() + 1) / 2);  // the key has two columns
  const std::string lines = placeholder(plot_colours + 1);
  std::string script = absl::StrCat(
      "set encoding utf8\n"
      "set terminal svg size 480,",
      height,
      " dynamic noenhanced font 'sans-serif,14' background rgb "
      "'#ffffff' linewidth 1\n",
      "set output ", gnuplot_text(output), "\n", "set border 3 linecolor rgb '", lines, "'\n",
      "set tics nomirror textcolor rgb '", text, "'\n", "set grid ytics linecolor rgb '", lines,
      "' linewidth 0.5 dashtype 3\n", "set title ", gnuplot_text(is.title), " textcolor rgb '",
      text, "'\n", "set xlabel ", gnuplot_text(is.x_label), " textcolor rgb '", text, "'\n",
      "set ylabel ", gnuplot_text(is.y_label), " textcolor rgb '", text, "'\n",
      "set key below maxcols 2 spacing 1.1 samplen 1.5 width -5 font ',11' textcolor rgb '", text,
      "'\n", "set lmargin 10\nset rmargin 3\n");
  absl::StrAppend(&script, "set xtics (",
                  absl::StrJoin(is.ticks, ", ",
                                [](std::string* out, const plot_tick& each) {
                                  // These are formats.
                                  absl::StrAppend(
                                      out,
                                      gnuplot_text(absl::StrReplaceAll(each.label, {{"%", "%%"}})),
                                      " ", each.at);
                                }),
                  ")\n");
  if (!is.ticks.empty()) {
    absl::StrAppendFormat(&script, "set xrange [%g:%g]\n", is.ticks.front().at - 0.25,
                          is.ticks.back().at + 0.25);
  }
  if (is.logarithmic) {
    absl::StrAppendFormat(&script, "set logscale y\nset yrange [%g:%g]\nset ytics (%s)\n",
                          is.y_least, is.y_most, logarithmic_ticks(is.y_least, is.y_most));
  } else {
    absl::StrAppendFormat(&script, "set yrange [%g:*]\n", is.y_least);
  }
  for (std::size_t i = 0; i < is.series.size(); ++i) {
    absl::StrAppend(&script, "$data", i, " << EOD\n");
    for (const plot_point& each : is.series[i].points) {
      absl::StrAppendFormat(&script, "%g %g %g %g\n", each.x, each.y, each.low, each.high);
    }
    absl::StrAppend(&script, "EOD\n");
  }
  absl::StrAppend(&script, "plot ");
  for (std::size_t i = 0; i < is.series.size(); ++i) {
    const plot_series& series = is.series[i];
    absl::StrAppendFormat(
        &script,
        "%s$data%d using 1:2:3:4 with yerrorlines linewidth %s pointtype %d pointsize 0.6 "
        "linecolor rgb '%s' title %s",
        i == 0 ? "" : ", ", i, series.colour == 1 ? "2.6" : "1.3", 3 + series.colour,
        placeholder(series.colour), gnuplot_text(series.label));
  }
  absl::StrAppend(&script, "\n");
  return script;
}

std::string inline_svg(std::string_view svg, const plot& is, std::string_view id) {
  const auto begin = svg.find("<svg");
  if (begin == std::string_view::npos) return "";
  const std::string title = html_escape(is.title);
  std::vector<std::pair<std::string, std::string>> replaced = {
      {"<svg ", absl::StrCat("<svg role=\"img\" aria-label=\"", title, "\" ")},
      {"<title>Gnuplot</title>", absl::StrCat("<title>", title, "</title>")},
      {"<desc>Produced by GNUPLOT", "<desc>drawn by gnuplot"},
      {"gpPt", absl::StrCat(id, "_point")},
      {"gpDot", absl::StrCat(id, "_dot")},
      {"textbox", absl::StrCat(id, "_textbox")},
      {"greybox", absl::StrCat(id, "_greybox")},
      {"gnuplot_canvas", absl::StrCat(id, "_canvas")},
      {"gnuplot_plot_", absl::StrCat(id, "_series_")},
      {"fill=\"#ffffff\"", "fill=\"none\""},
      {"color='#FFFFFF'", "color='var(--surface)'"},
  };
  for (std::size_t i = 0; i < is.series.size(); ++i) {
    replaced.emplace_back(absl::StrCat("<title>gnuplot_plot_", i + 1, "</title>"),
                          absl::StrCat("<title>", html_escape(is.series[i].label), "</title>"));
  }
  replace_colour(0, "var(--text)", replaced);
  replace_colour(plot_colours + 1, "var(--axis)", replaced);
  for (std::size_t i = 1; i <= plot_colours; ++i) {
    replace_colour(i, absl::StrCat("var(--series-", i, ")"), replaced);
  }
  return absl::StrReplaceAll(svg.substr(begin), replaced);
}

result<std::string> draw(const plot& is, const std::string& gnuplot, const std::string& folder,
                         const std::string& id) {
  const fs::path script = fs::path(folder) / (id + ".gnuplot.partial");
  const fs::path output = fs::path(folder) / (id + ".svg.partial");
  std::ofstream(script) << gnuplot_script(is, output.string());
  std::string said;
  child_options options;
  options.command = {gnuplot, script.string()};
  options.on_line = [&](const std::string& line) { absl::StrAppend(&said, line, "\n"); };
  options.ends_on_interrupt = false;  // it is of what there was before
  options.silence_max_s = 60;
  const result<child_exit> exit = run_child(options);
  const std::string svg = inline_svg(read_text(output), is, id);
  std::error_code ignored;
  fs::remove(script, ignored);
  fs::remove(output, ignored);
  if (!exit.has_value()) return exit.error();
  if (!exit->succeeded || svg.empty()) {
    return failed(absl::StrCat(gnuplot, " ", exit->how, ": ", said));
  }
  return svg;
}

}  // namespace timed::bench
