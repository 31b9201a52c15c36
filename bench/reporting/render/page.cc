// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/page.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "bench/reporting/model/suites.h"
#include "bench/reporting/render/cards.h"
#include "bench/reporting/render/figures.h"
#include "bench/reporting/render/headline.h"
#include "bench/reporting/render/notices.h"
#include "bench/reporting/render/page_cards.h"
#include "bench/reporting/render/page_rows.h"
#include "bench/reporting/render/page_suites.h"
#include "bench/reporting/render/page_summary.h"
#include "bench/reporting/render/template.h"
#include "bench/reporting/render/templates.h"

namespace timed::bench {
namespace {

namespace json = boost::json;

json::array navigation(const page_input& input, bool has_comparisons) {
  json::array links;
  const auto add = [&links](std::string_view id, std::string_view text) {
    links.push_back(json::object{{"id", id}, {"text", text}});
  };
  add("summary", "Summary");
  if (input.against != nullptr) add("changes", "Changes");
  for (const std::string& suite : input.data.suites()) add(suite, suite);
  add("method", "Method");
  add("environment", "Environment");
  if (has_comparisons) add("comparisons", "All comparisons");
  return links;
}

json::array notice_values(const report_data& data) {
  json::array all;
  for (const notice& one : notices_of(data)) {
    all.push_back(json::object{{"title", one.title}, {"text", one.text}});
  }
  return all;
}

json::object changes_section(const page_input& input) {
  const changes& found = *input.against;
  json::array texts;
  texts.push_back(json::value(
      prose(absl::StrFormat("Compared with %s: %d figures, %d of them significant. Without any "
                            "change, at most about %.1f "
                            "would be reported as significant.",
                            input.against_path, found.all.size(), found.significant(),
                            false_positive_rate * static_cast<double>(found.all.size())))));
  texts.push_back(json::value(prose(drift_text(found))));
  if (found.only_before + found.only_now > 0) {
    texts.push_back(
        json::value(absl::StrFormat("%d entries are only in the earlier run, %d only in "
                                    "this one.",
                                    found.only_before, found.only_now)));
  }
  json::object section{{"texts", std::move(texts)},
                       {"significant", change_table(found, true)},
                       {"has_unchanged", found.significant() < found.all.size()}};
  if (!found.not_alike.empty()) {
    section["differences"] =
        json::object{{"lines", json::array(found.not_alike.begin(), found.not_alike.end())}};
  }
  return section;
}

json::value contenders(const report_data& data) {
  json::array rows;
  std::set<std::string> seen;
  for (const measured_program& program : data.programs) {
    for (const measured_entry& entry : program.entries) {
      const contender named = describe_contender(entry.contender());
      if (named.label.empty() || !seen.insert(named.name).second) continue;
      rows.push_back(json::object{
          {"kind", class_of(named.kind)}, {"name", named.name}, {"label", named.label}});
    }
  }
  if (rows.empty()) return nullptr;
  return json::object{{"rows", std::move(rows)},
                      {"interval_confidence", prose(confidence_text(data.rounds_complete()))}};
}

json::array environment(const report_data& data) {
  json::array rows;
  for (const auto& [key, value] : environment_of(data)) {
    json::array lines;
    for (const std::string_view line : absl::StrSplit(value, " | "))
      lines.push_back(json::value(line));
    rows.push_back(
        json::object{{"key", absl::StrReplaceAll(key, {{"_", " "}})}, {"lines", std::move(lines)}});
  }
  return rows;
}

}  // namespace

std::string make_page(const page_input& input) {
  const report_data& data = input.data;
  const std::vector<comparison> comparisons = compare_within(data);
  std::vector<const comparison*> all;
  for (const comparison& comparison : comparisons) all.push_back(&comparison);
  const std::vector<card> cards = summary_cards(data, comparisons);

  json::object page{{"style", absl::StrCat(templates::colours_css, templates::style_css)},
                    {"about", run_text(data)},
                    {"navigation", navigation(input, !all.empty())},
                    {"notices", notice_values(data)},
                    {"confidence", prose(confidence_of_differences())},
                    {"suites", suite_sections(data)},
                    {"contenders", contenders(data)},
                    {"environment", environment(data)},
                    {"command", data.command},
                    {"all_comparisons", comparison_table(all)},
                    {"headline", headline_values(make_headline(data, cards, comparisons))},
                    {"card_grid", card_values(cards)},
                    {"disturbed", disturbance_line(data)},
                    {"values_path", input.values_path}};
  add_summary(data, comparisons, page);
  if (!data.left_out.empty()) {
    page["left_out"] =
        json::object{{"items", json::array(data.left_out.begin(), data.left_out.end())}};
  }
  if (input.against != nullptr) {
    page["changes"] = changes_section(input);
    page["unchanged"] = change_table(*input.against, false);
  }
  return render(templates::page_html, page,
                {{"summary", templates::summary_html},
                 {"headline", templates::headline_html},
                 {"cards", templates::cards_html},
                 {"bars", templates::bars_html},
                 {"comparisons", templates::comparisons_html},
                 {"changes", templates::changes_html},
                 {"change_table", templates::change_table_html},
                 {"suite", templates::suite_html},
                 {"contenders", templates::contenders_html},
                 {"method", templates::method_html}});
}

}  // namespace timed::bench
