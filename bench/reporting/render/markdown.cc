// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/markdown.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/analyse/disturbances.h"
#include "bench/reporting/render/cards.h"
#include "bench/reporting/render/figures.h"
#include "bench/reporting/render/headline.h"
#include "bench/reporting/render/page_rows.h"

namespace timed::bench {
namespace {

constexpr std::size_t losses_max = 20;

// A cell of a table, with what Markdown and HTML would interpret escaped.
std::string cell(std::string_view text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}, {"<", "&lt;"}, {"_", "\\_"}, {"*", "\\*"}});
}

// Every contender of any backend, in the order of the first backend that has it.
std::vector<contender> contenders_of(const card& shown) {
  std::vector<contender> all;
  for (const card_backend& backend : shown.backends) {
    for (const card_bar& bar : backend.bars) {
      const bool is_known = std::any_of(all.begin(), all.end(), [&](const contender& known) {
        return known.name == bar.about.name;
      });
      if (!is_known) all.push_back(bar.about);
    }
  }
  return all;
}

// Figures in bold are our stream's; one in brackets is not significantly different from ours.
std::string bar_text(const card_bar* bar, const column& counter) {
  if (bar == nullptr) return "";
  const std::string text = figure(figure_text(counter, bar->median));
  if (bar->about.kind == contender_kind::ours) return absl::StrCat("**", text, "**");
  return bar->is_alike ? absl::StrCat("(", text, ")") : text;
}

std::string table_of(const card& shown) {
  std::string out = absl::StrCat("### ", shown.title, "\n\n", cell(shown.subtitle), "; ",
                                 better_text(shown.counter), "\n\n| |");
  std::string rule = "|---|";
  for (const card_backend& backend : shown.backends) {
    absl::StrAppend(&out, " ", cell(backend.backend), " |");
    rule += "--:|";
  }
  absl::StrAppend(&out, "\n", rule, "\n");
  for (const contender& one : contenders_of(shown)) {
    absl::StrAppend(&out, "| ", cell(one.name), " |");
    for (const card_backend& backend : shown.backends) {
      absl::StrAppend(&out, " ", bar_text(backend.find(one.name), shown.counter), " |");
    }
    out += '\n';
  }
  return out + "\n";
}

std::string losses_text(const std::vector<comparison>& comparisons) {
  std::string lines;
  std::size_t count = 0;
  for (const comparison& one : comparisons) {
    if (!one.is_loss() || (!one.is_of_backends && one.kind == contender_kind::baseline)) continue;
    if (++count > losses_max) continue;
    absl::StrAppend(&lines, "- ", cell(group_text(describe_suite(one.suite), one.group)), " on ",
                    cell(one.backend), ": ", cell(one.what), ", ours ",
                    figure(figure_text(one.counter, one.result.median_a)), ", ", cell(one.other),
                    " ", figure(figure_text(one.counter, one.result.median_b)), " ",
                    one.counter.unit, "\n");
  }
  if (count == 0) return "No significant loss to a competitor or to another backend.\n";
  if (count > losses_max) absl::StrAppendFormat(&lines, "- and %d more\n", count - losses_max);
  return lines;
}

}  // namespace

std::string markdown_summary(const report_data& data) {
  const std::vector<comparison> comparisons = compare_within(data);
  const std::vector<card> cards = summary_cards(data, comparisons);
  std::string out = "## timed_stream benchmarks\n\n";
  if (const headline shown = make_headline(data, cards, comparisons); !shown.text.empty()) {
    absl::StrAppend(&out, "**", shown.text, "**\n\n");
  } else if (data.rounds_complete() == 0 || comparisons.empty()) {
    out += "Too little was measured for a statement.\n\n";
  }
  if (disturbances_in(data).is_disturbed()) {
    out +=
        "Other processes ran meanwhile, or an A/A check failed: more than the bounds permit.\n\n";
  }
  out +=
      "Medians of the rounds. In bold: our stream. In brackets: not significantly different from "
      "it.\n\n";
  for (const card& shown : cards) out += table_of(shown);
  absl::StrAppend(&out, "### Where we lose\n\n", losses_text(comparisons), "\n### Environment\n\n");
  out += "| | |\n|---|---|\n";
  for (const auto& [key, value] : environment_of(data)) {
    absl::StrAppend(&out, "| ", cell(absl::StrReplaceAll(key, {{"_", " "}})), " | ", cell(value),
                    " |\n");
  }
  return out;
}

}  // namespace timed::bench
