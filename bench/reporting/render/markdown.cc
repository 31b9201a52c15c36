// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/markdown.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/render/cards.h"
#include "bench/reporting/render/figures.h"
#include "bench/reporting/render/headline.h"
#include "bench/reporting/render/notices.h"
#include "bench/reporting/render/page_rows.h"

namespace timed::bench {
namespace {

constexpr std::size_t losses_max = 20;

// Text in which Markdown and HTML interpret nothing.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char one : text) {
    if (absl::StrContains(R"(\`*_[]<>|~$)", one)) out += '\\';
    out += one == '\n' ? ' ' : one;
  }
  return absl::StrReplaceAll(out, {{"&", "&amp;"}});
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

// In bold if it is our stream's; in brackets if it is not significantly different from our usual
// one.
std::string bar_text(const card_bar* bar, const column& counter) {
  if (bar == nullptr) return "";
  std::string text = figure(figure_text(counter, bar->median));
  if (!bar->remark.empty()) text += "\\*";
  if (bar->is_alike) text = absl::StrCat("(", text, ")");
  return bar->about.kind == contender_kind::ours ? absl::StrCat("**", text, "**") : text;
}

std::string table_of(const card& shown) {
  std::string out = absl::StrCat("### ", escaped(shown.title), "\n\n", escaped(shown.subtitle),
                                 "; ", better_text(shown.counter), "\n\n| |");
  std::string rule = "|---|";
  for (const card_backend& backend : shown.backends) {
    absl::StrAppend(&out, " ", escaped(backend.backend), " |");
    rule += "--:|";
  }
  absl::StrAppend(&out, "\n", rule, "\n");
  for (const contender& one : contenders_of(shown)) {
    absl::StrAppend(&out, "| ", escaped(one.name), " |");
    for (const card_backend& backend : shown.backends) {
      absl::StrAppend(&out, " ", bar_text(backend.find(one.name), shown.counter), " |");
    }
    out += '\n';
  }
  return out + "\n";
}

std::string loss_text(const comparison& one) {
  std::string what = group_text(describe_suite(one.suite), one.group);
  if (one.is_own_variant()) absl::StrAppend(&what, ", ", one.ours);
  return absl::StrCat("- ", escaped(what), " on ", escaped(one.backend), ": ", escaped(one.what),
                      ", ", figure(figure_text(one.counter, one.result.median_a)), "; ",
                      escaped(one.other), " ",
                      figure(figure_text(one.counter, one.result.median_b)),
                      one.counter.unit.empty() ? "" : " ", one.counter.unit, "\n");
}

std::string losses_text(const std::vector<comparison>& comparisons) {
  if (!has_verdicts(comparisons)) return "Unknown: there are too few rounds.\n";
  const std::vector<const comparison*> lost = losses_in(comparisons).to_others;
  if (lost.empty()) return "No significant loss to a competitor or to another backend.\n";
  std::string lines =
      "To competitors, to other backends, and of variants of our stream to the usual one:\n\n";
  for (std::size_t i = 0; i < std::min(lost.size(), losses_max); ++i) lines += loss_text(*lost[i]);
  if (lost.size() > losses_max) {
    absl::StrAppendFormat(&lines, "- and %d more, less in percent\n", lost.size() - losses_max);
  }
  return lines;
}

}  // namespace

std::string markdown_summary(const report_data& data) {
  const std::vector<comparison> comparisons = compare_within(data);
  const std::vector<card> cards = summary_cards(data, comparisons);
  std::string out = "## timed\\_stream benchmarks\n\n";
  for (const notice& one : notices_of(data)) {
    absl::StrAppend(&out, "> **", escaped(one.title), "** ", escaped(one.text), "\n\n");
  }
  if (const headline shown = make_headline(data, cards, comparisons); !shown.text.empty()) {
    absl::StrAppend(&out, "**", escaped(shown.text), "**\n\n");
  }
  if (const std::string disturbed = disturbance_line(data); !disturbed.empty()) {
    absl::StrAppend(&out, disturbed, "\n\n");
  }
  out +=
      "Medians of the rounds. In bold: our stream. In brackets: not significantly different from "
      "`timed`, our usual one. With an asterisk: see the remark in report.html.\n\n";
  for (const card& shown : cards) out += table_of(shown);
  absl::StrAppend(&out, "### Where we lose\n\n", losses_text(comparisons), "\n### Environment\n\n");
  out += "| | |\n|---|---|\n";
  for (const auto& [key, value] : environment_of(data)) {
    absl::StrAppend(&out, "| ", escaped(key), " | ", escaped(value), " |\n");
  }
  if (!data.left_out.empty()) {
    absl::StrAppend(&out, "\nLeft out: ", escaped(absl::StrJoin(data.left_out, "; ")), "\n");
  }
  return out;
}

}  // namespace timed::bench
