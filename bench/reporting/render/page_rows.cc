// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/page_rows.h"

#include <boost/json/object.hpp>
#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "bench/reporting/render/figures.h"

namespace timed::bench {
namespace {

namespace json = boost::json;

void add_difference(const tested& result, const column& counter, bool is_better,
                    json::object& row) {
  const double percent = result.percent();
  const shift& by = result.a_minus_b;
  if (counter.signs || std::isnan(percent)) {
    row["difference"] = figure(absl::StrFormat("%+.0f %s", by.estimate, counter.unit));
    row["interval"] = figure(absl::StrFormat("%+.0f .. %+.0f", by.low, by.high));
  } else {
    const double one_percent = result.median_b / 100;
    row["difference"] = figure(absl::StrFormat("%+.1f %%", percent));
    row["interval"] =
        figure(absl::StrFormat("%+.1f .. %+.1f", by.low / one_percent, by.high / one_percent));
  }
  row["probability"] = probability_text(result);
  if (result.outcome == verdict::significant) {
    const std::string_view text = is_better ? "better" : "worse";
    row["verdict"] = text;
    row["verdict_class"] = text;
  } else {
    row["verdict_class"] = "muted";
    row["verdict"] =
        result.outcome == verdict::not_significant ? "not significant" : "too few rounds";
  }
}

json::object comparison_row(const comparison& comparison) {
  std::string where = group_text(describe_suite(comparison.suite), comparison.group);
  if (comparison.is_own_variant()) absl::StrAppend(&where, ", ", comparison.ours);
  const tested& result = comparison.result;
  json::object row{{"what", comparison.what},
                   {"where", where},
                   {"backend", comparison.backend},
                   {"other", comparison.other},
                   {"ours", figure(figure_text(comparison.counter, result.median_a))},
                   {"theirs", figure(figure_text(comparison.counter, result.median_b))}};
  add_difference(result, comparison.counter, comparison.ours_is_better(), row);
  return row;
}

json::object change_row(const change& change) {
  const column& counter = change.counter;
  json::object row{
      {"entry", change.entry},
      {"backend", change.backend},
      {"counter", absl::StrCat(counter.heading, counter.unit.empty() ? "" : ", ", counter.unit)},
      {"before", figure(figure_text(counter, change.result.median_b))},
      {"now", figure(figure_text(counter, change.result.median_a))}};
  add_difference(change.result, counter, !change.is_worse(), row);
  return row;
}

json::value table_of(json::array rows) {
  if (rows.empty()) return nullptr;
  return json::object{{"rows", std::move(rows)}};
}

}  // namespace

std::string figure(std::string_view text) {
  return absl::StrReplaceAll(text, {{"-", "−"}, {" .. ", " … "}});
}

std::string prose(std::string_view text) {
  return absl::StrReplaceAll(text, {{" %", "\u00a0%"}, {" ns", "\u00a0ns"}});
}

std::string group_text(const suite& about, std::string_view group) {
  const std::vector<std::string> parts = absl::StrSplit(group, '/');
  std::vector<std::string> texts;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string part = with_thousands(parts[i]);
    const bool is_number = !part.empty() && part.front() >= '0' && part.front() <= '9';
    const bool has_heading = is_number && i - 1 < about.parts.size();
    texts.push_back(has_heading ? absl::StrCat(part, " ", about.parts[i - 1]) : part);
  }
  return absl::StrJoin(texts, ", ");
}

std::string_view class_of(contender_kind kind) {
  switch (kind) {
    case contender_kind::ours:
      return "ours";
    case contender_kind::baseline:
      return "baseline";
    case contender_kind::competitor:
      break;
  }
  return "competitor";
}

json::value comparison_table(const std::vector<const comparison*>& comparisons) {
  json::array rows;
  for (const comparison* comparison : comparisons) rows.push_back(comparison_row(*comparison));
  return table_of(std::move(rows));
}

json::value change_table(const changes& found, bool significant) {
  json::array rows;
  for (const change& change : found.all) {
    if (change.is_significant() == significant) rows.push_back(change_row(change));
  }
  return table_of(std::move(rows));
}

}  // namespace timed::bench
