// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/page_cards.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/reporting/render/figures.h"
#include "bench/reporting/render/page_rows.h"

namespace timed::bench {
namespace {

namespace json = boost::json;

// A range of values as positions between 0 and 100 % of a track.
struct scale {
  double least;
  double greatest;

  double percent(double value) const {
    if (greatest <= least) return 0;
    return std::clamp(100 * (value - least) / (greatest - least), 0.0, 100.0);
  }
  std::string text(double value) const { return absl::StrFormat("%.1f", percent(value)); }
  std::string width(double low, double high) const {
    return absl::StrFormat("%.1f", percent(high) - percent(low));
  }
};

// A name may break after each underscore.
json::array name_parts(std::string_view name) {
  json::array parts;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find('_', at), name.size() - 1) + 1;
    parts.push_back(json::object{{"text", name.substr(at, end - at)}});
    at = end;
  }
  return parts;
}

// For readers of the screen too: what the bar shows by its interval and its hatching.
std::string interval_and_verdict(const card_bar& bar, const column& counter) {
  std::string text = absl::StrCat(figure(interval_text(counter, bar.low, bar.high)),
                                  counter.unit.empty() ? "" : " ", counter.unit);
  if (bar.is_alike) absl::StrAppend(&text, "; not significantly different from ", our_contender);
  if (!bar.remark.empty()) absl::StrAppend(&text, "; ", bar.remark);
  return text;
}

// Marks a figure with a restriction.
std::string_view remark_mark(const card_bar& bar) {
  return bar.remark.empty() ? "" : "*";
}

json::object bar_values(const card_bar& bar, const column& counter, const scale& to) {
  return json::object{
      {"kind", class_of(bar.about.kind)},
      {"alike", bar.is_alike ? "alike" : ""},
      {"name_parts", name_parts(bar.about.name)},
      {"label", bar.about.label},
      {"details", interval_and_verdict(bar, counter)},
      {"begin", to.text(std::min(0.0, bar.median))},
      {"width", to.width(std::min(0.0, bar.median), std::max(0.0, bar.median))},
      {"zero", to.text(0)},
      {"interval_begin", to.text(bar.low)},
      {"interval_width", to.width(bar.low, bar.high)},
      {"value", absl::StrCat(figure(figure_text(counter, bar.median)), remark_mark(bar))},
      {"factor", bar.factor ? absl::StrFormat("%.2f×", *bar.factor) : ""}};
}

json::array backend_bars(const card_backend& backend, const column& counter, const scale& to) {
  json::array bars;
  for (const card_bar& bar : backend.bars) bars.push_back(bar_values(bar, counter, to));
  return bars;
}

// Bars without factors need no column for them.
std::string_view plain_class(const card_backend& backend) {
  const bool has_factors = std::any_of(backend.bars.begin(), backend.bars.end(),
                                       [](const card_bar& bar) { return bar.factor.has_value(); });
  return has_factors ? "" : "plain";
}

scale scale_of_rounds(const card& shown) {
  scale range{.least = INFINITY, .greatest = -INFINITY};
  for (const card_backend& backend : shown.backends) {
    for (const card_bar& bar : backend.bars) {
      const auto [least, greatest] = std::minmax_element(bar.rounds.begin(), bar.rounds.end());
      range.least = std::min(range.least, *least);
      range.greatest = std::max(range.greatest, *greatest);
    }
  }
  return range;
}

json::array round_rows(const card_backend& backend, const scale& to) {
  json::array rows;
  for (const card_bar& bar : backend.bars) {
    json::array marks;
    for (const double round : bar.rounds) {
      marks.push_back(json::object{{"at", to.text(round)}});
    }
    rows.push_back(json::object{{"kind", class_of(bar.about.kind)},
                                {"name_parts", name_parts(bar.about.name)},
                                {"marks", std::move(marks)}});
  }
  return rows;
}

json::object values_of(const card& shown) {
  const scale to{.least = shown.least(), .greatest = shown.greatest()};
  const scale of_rounds = scale_of_rounds(shown);
  json::array backends;
  json::array rounds;
  for (const card_backend& backend : shown.backends) {
    backends.push_back(json::object{{"backend", backend.backend},
                                    {"plain", plain_class(backend)},
                                    {"bars", backend_bars(backend, shown.counter, to)}});
    rounds.push_back(
        json::object{{"backend", backend.backend}, {"rows", round_rows(backend, of_rounds)}});
  }
  return json::object{
      {"title", shown.title},
      {"subtitle", absl::StrCat(shown.subtitle, "; ", better_text(shown.counter))},
      {"backends", std::move(backends)},
      {"rounds", std::move(rounds)},
      {"rounds_range", figure(interval_text(shown.counter, of_rounds.least, of_rounds.greatest))},
      {"rounds_unit", shown.counter.unit}};
}

}  // namespace

json::value card_values(const std::vector<card>& cards) {
  if (cards.empty()) return nullptr;
  json::array all;
  for (const card& shown : cards) all.push_back(values_of(shown));
  return json::object{{"cards", std::move(all)}};
}

json::value headline_values(const headline& shown) {
  if (shown.text.empty()) return nullptr;
  json::object values{{"text", prose(shown.text)}, {"plot", nullptr}};
  if (shown.plot) {
    const scale to{.least = shown.plot->least(), .greatest = shown.plot->greatest()};
    const card_backend& on = shown.plot->backends.front();
    values["plot"] =
        json::object{{"title", shown.plot->title},
                     {"subtitle", absl::StrCat(shown.plot->subtitle, ", on ", on.backend, "; ",
                                               better_text(shown.plot->counter))},
                     {"plain", plain_class(on)},
                     {"bars", backend_bars(on, shown.plot->counter, to)}};
  }
  return values;
}

}  // namespace timed::bench
