// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/plots.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "bench/harness/statistics.h"
#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/model/entry_filter.h"
#include "bench/reporting/model/suites.h"
#include "bench/reporting/render/figures.h"

namespace timed::bench {
namespace {

// Returns the colour of a contender that has the same one in all plots; 0 for others.
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

// Gives colours that the plot does not use yet to the series that have none.
void choose_colours(plot& plot) {
  for (plot_series& series : plot.series) {
    for (std::size_t colour = 2; series.colour == 0; ++colour) {
      const bool is_used =
          std::any_of(plot.series.begin(), plot.series.end(),
                      [&](const plot_series& other) { return other.colour == colour; });
      if (!is_used) series.colour = colour;
      if (is_used && colour == plot_colours) series.colour = plot_colours;  // there are no more
    }
  }
}

std::size_t colour_of_backend(std::string_view backend) {
  return backend == "io_uring_native" ? 1 : backend == "epoll" ? 2 : 3;
}

plot_point point_of(double x, const std::vector<double>& samples) {
  const interval bounds = median_interval(samples, target_confidence);
  return {x, median(samples), bounds.low, bounds.high};
}

void choose_axis(plot& plot) {
  double least = INFINITY;
  double most = 0;
  for (const plot_series& series : plot.series) {
    for (const plot_point& point : series.points) {
      least = std::min(least, point.low);
      most = std::max(most, point.high);
    }
  }
  plot.logarithmic = least > 0 && most > 5 * least;
  plot.y_least = plot.logarithmic ? least / 1.3 : std::min(0.0, least);
  plot.y_most = plot.logarithmic ? most * 1.3 : most;
}

std::string axis_label(const column& counter) {
  return counter.unit.empty() ? counter.heading : absl::StrCat(counter.heading, ", ", counter.unit);
}

std::string title_of(std::string_view group, std::string_view backend) {
  const std::vector<std::string> parts = absl::StrSplit(group, '/');
  return absl::StrCat(absl::StrJoin(parts.begin() + 1, parts.end(), "/"),
                      parts.size() > 1 ? " on " : "on ", backend);
}

// --- Percentile curves -------------------------------------------------------------------------

std::vector<column> percentiles_of(const measured_program& program) {
  std::vector<column> all;
  for (const column& column : columns_of(program)) {
    if (percentile_of(column.counter)) all.push_back(column);
  }
  return all;
}

double place_of_percentile(double percentile) {
  return -std::log10(1 - percentile / 100);
}

plot_series percentile_curve(const measured_entry& entry, const std::vector<column>& percentiles) {
  plot_series series{
      .label = entry.contender(), .colour = colour_of(entry.contender()), .points = {}};
  for (const column& column : percentiles) {
    const std::vector<double> samples = entry.samples(column.counter);
    if (samples.empty()) continue;
    series.points.push_back(point_of(place_of_percentile(*percentile_of(column.counter)), samples));
  }
  return series;
}

plot percentile_plot(const measured_program& program, const std::string& group,
                     const std::vector<column>& percentiles) {
  plot plot{.title = title_of(group, program.backend),
            .x_label = "percentile",
            .y_label = percentiles.front().unit};
  for (const column& column : percentiles) {
    const double percentile = *percentile_of(column.counter);
    plot.x_ticks.push_back({place_of_percentile(percentile), absl::StrCat(percentile, " %")});
  }
  return plot;
}

void add_percentile_curves(const measured_program& program, std::vector<plot>& out) {
  const std::vector<column> percentiles = percentiles_of(program);
  const auto headline = entry_filter::parse(describe_suite(program.suite).headline);
  if (percentiles.size() < 3 || !headline.has_value()) return;
  std::map<std::string, plot> by_group;
  std::vector<std::string> order;
  for (const measured_entry& entry : program.entries) {
    if (!headline->matches(entry.full_name())) continue;
    plot_series series = percentile_curve(entry, percentiles);
    if (series.points.empty()) continue;
    const auto [found, is_new] = by_group.try_emplace(entry.group());
    if (is_new) {
      order.push_back(entry.group());
      found->second = percentile_plot(program, entry.group(), percentiles);
    }
    found->second.series.push_back(std::move(series));
  }
  for (const std::string& group : order) out.push_back(std::move(by_group[group]));
}

// --- Costs against a number --------------------------------------------------------------------

// Returns the part of the entry's name on the x axis, which is the one before the contender; empty
// if it is not a number.
std::string number_of(const measured_entry& entry) {
  double ignored = 0;
  if (entry.name.size() < 3) return "";
  const std::string& part = entry.name[entry.name.size() - 2];
  return absl::SimpleAtod(part, &ignored) ? part : "";
}

std::string without_number(const measured_entry& entry) {
  return absl::StrJoin(entry.name.begin(), entry.name.end() - 2, "/");
}

template <class Get>
std::vector<std::string> distinct(const measured_program& program, const Get& get) {
  std::vector<std::string> all;
  for (const measured_entry& entry : program.entries) {
    const std::string value = get(entry);
    if (value.empty() || std::find(all.begin(), all.end(), value) != all.end()) continue;
    all.push_back(value);
  }
  return all;
}

// The points are at 0, 1, 2 and so on, as the numbers start at 0 and go up to a million.
std::vector<std::string> numbers_of(const measured_program& program, const std::string& prefix) {
  return distinct(program, [&](const measured_entry& entry) {
    const std::string number = number_of(entry);
    return number.empty() || without_number(entry) != prefix ? "" : number;
  });
}

std::vector<std::string> prefixes_of(const measured_program& program) {
  return distinct(program, [](const measured_entry& entry) {
    return number_of(entry).empty() ? "" : without_number(entry);
  });
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

plot empty_cost_plot(const measured_program& program, const std::vector<std::string>& numbers,
                     const column& counter) {
  plot plot{.x_label = describe_suite(program.suite).plotted_against,
            .y_label = axis_label(counter)};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    plot.x_ticks.push_back({static_cast<double>(i), with_thousands(numbers[i])});
  }
  return plot;
}

// All contenders of one program.
plot cost_plot(const measured_program& program, const std::string& prefix,
               const std::vector<std::string>& numbers, const column& counter) {
  plot plot = empty_cost_plot(program, numbers, counter);
  plot.title = title_of(prefix, program.backend);
  const std::vector<std::string> contenders = distinct(program, [&](const measured_entry& entry) {
    const std::string& name = entry.contender();
    return without_number(entry) != prefix || is_aa_row(name, counter.counter) ? "" : name;
  });
  for (const std::string& contender : contenders) {
    plot_series series = costs_of(program, prefix, numbers, contender, counter.counter);
    series.label = contender;
    series.colour = colour_of(contender);
    if (!series.points.empty()) plot.series.push_back(std::move(series));
  }
  return plot;
}

// Our stream on each backend, by prefix, in order.
class backend_plots {
 public:
  void add(const measured_program& program, const std::string& prefix,
           const std::vector<std::string>& numbers, const column& counter) {
    plot_series ours = costs_of(program, prefix, numbers, our_contender, counter.counter);
    if (ours.points.empty()) return;
    ours.label = program.backend;
    ours.colour = colour_of_backend(program.backend);
    const auto [found, is_new] = by_prefix_.try_emplace(prefix);
    if (is_new) {
      order_.push_back(prefix);
      found->second = empty_cost_plot(program, numbers, counter);
      found->second.title = absl::StrCat(our_contender, ", ", title_of(prefix, "each backend"));
    }
    found->second.series.push_back(std::move(ours));
  }

  void move_to(std::vector<plot>& out) {
    for (const std::string& prefix : order_) {
      plot& plot = by_prefix_[prefix];
      if (plot.series.size() > 1) out.push_back(std::move(plot));
    }
  }

 private:
  std::map<std::string, plot> by_prefix_;
  std::vector<std::string> order_;
};

void add_costs(const report_data& data, std::string_view suite, std::vector<plot>& out) {
  backend_plots of_backends;
  for (const measured_program& program : data.programs) {
    if (program.suite != suite || compared_in(program).empty()) continue;
    const column counter = describe_compared(program, compared_in(program).front());
    for (const std::string& prefix : prefixes_of(program)) {
      const std::vector<std::string> numbers = numbers_of(program, prefix);
      if (numbers.size() < 2) continue;
      plot plot = cost_plot(program, prefix, numbers, counter);
      if (!plot.series.empty()) out.push_back(std::move(plot));
      of_backends.add(program, prefix, numbers, counter);
    }
  }
  of_backends.move_to(out);
}

}  // namespace

std::vector<plot> plots_of(const report_data& data, std::string_view suite) {
  std::vector<plot> all;
  for (const measured_program& program : data.programs) {
    if (program.suite == suite) add_percentile_curves(program, all);
  }
  add_costs(data, suite, all);
  for (plot& plot : all) {
    choose_axis(plot);
    choose_colours(plot);
  }
  return all;
}

}  // namespace timed::bench
