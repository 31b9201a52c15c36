// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/headline.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "bench/harness/statistics.h"
#include "bench/reporting/render/page_rows.h"

namespace timed::bench {
namespace {

constexpr std::string_view overhead_group = "timeout_overhead/async_write_some/1000";

// The sentence needs a plot whose intervals mean something.
bool has_verdicts(const std::vector<comparison>& comparisons) {
  return std::any_of(comparisons.begin(), comparisons.end(), [](const comparison& one) {
    return one.result.outcome != verdict::too_few_rounds;
  });
}

std::string nanoseconds_text(const card_bar& bar) {
  if (bar.low <= 0 && bar.high >= 0) {
    return figure(absl::StrFormat("nothing that can be told from noise (%.0f to %.0f ns)", bar.low,
                                  bar.high));
  }
  return absl::StrFormat("%.0f ns", bar.median);
}

// "3.3 us": how long the writes take to which the deadline is added.
std::string write_text(const report_data& data, const std::string& backend) {
  const measured_program* const program = data.find("timeout_overhead", backend);
  const measured_entry* const entry =
      program == nullptr ? nullptr
                         : program->find(absl::StrCat(overhead_group, "/", our_contender));
  if (entry == nullptr || entry->samples("write_ns").empty()) return "a write";
  return absl::StrFormat("a write of %.1f us", median(entry->samples("write_ns")) / 1e3);
}

// "On this machine a deadline adds 4 ns to a write of 3.3 us (epoll); Boost.Beast’s adds 294 ns,
// Asio’s cancel_after 536 ns."
std::string overhead_text(const report_data& data, const card_backend& on) {
  const card_bar* const ours = on.find(our_contender);
  if (ours == nullptr) return "";
  std::string text = absl::StrCat("On this machine a deadline adds ", nanoseconds_text(*ours),
                                  " to ", write_text(data, on.backend), " (", on.backend, ")");
  std::vector<std::string> others;
  for (const auto& [name, called] :
       {std::pair<std::string_view, std::string_view>("beast", "Boost.Beast’s"),
        {"asio_cancel_after", "Asio’s cancel_after"}}) {
    if (const card_bar* const other = on.find(name)) {
      others.push_back(
          absl::StrCat(called, others.empty() ? " adds " : " ", nanoseconds_text(*other)));
    }
  }
  if (!others.empty()) absl::StrAppend(&text, "; ", absl::StrJoin(others, ", "));
  return text + ".";
}

std::string percent_text(double least, double most) {
  const auto one = [](double percent) { return absl::StrFormat("%.0f", std::abs(percent)); };
  if (one(least) == one(most)) return absl::StrCat(one(least), " %");
  if (std::abs(least) > std::abs(most)) std::swap(least, most);
  return absl::StrCat(one(least), " to ", one(most), " %");
}

// "Our io_uring backend serves an echo with 8 to 12 % less CPU time than Asio’s epoll."
std::string echo_text(const std::vector<comparison>& comparisons) {
  double least = INFINITY;
  double most = -INFINITY;
  std::size_t counted = 0;
  for (const comparison& one : comparisons) {
    if (!one.is_of_backends || one.suite != "echo_cpu" || one.backend != "io_uring_native" ||
        one.other != "epoll" || one.counter.counter != "real_time" || !one.is_significant()) {
      continue;
    }
    least = std::min(least, one.result.percent());
    most = std::max(most, one.result.percent());
    ++counted;
  }
  if (counted == 0) return "";
  constexpr std::string_view sentence = " CPU time than the same stream on Asio’s epoll.";
  const std::string begin = "Our io_uring backend serves an echo with ";
  if (most < 0) return absl::StrCat(begin, percent_text(least, most), " less", sentence);
  if (least > 0) return absl::StrCat(begin, percent_text(least, most), " more", sentence);
  return absl::StrFormat("%s%.0f %% less to %.0f %% more%s", begin, -least, most, sentence);
}

// --- The file ------------------------------------------------------------------------------------

constexpr int svg_width = 1200;
constexpr int svg_height = 630;
constexpr int margin = 60;
constexpr std::size_t line_length = 62;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char one : text) {
    switch (one) {
      case '<':
        out += "&lt;";
        break;
      case '&':
        out += "&amp;";
        break;
      default:
        out += one;
    }
  }
  return out;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines(1);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t space = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, space - at);
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > line_length) {
      lines.emplace_back();
    }
    absl::StrAppend(&lines.back(), lines.back().empty() ? "" : " ", word);
    at = space + 1;
  }
  return lines;
}

std::string text_at(double x, double y, int size, std::string_view attributes,
                    std::string_view text) {
  return absl::StrFormat("<text x=\"%.0f\" y=\"%.0f\" font-size=\"%d\"%s>%s</text>\n", x, y, size,
                         attributes, escaped(text));
}

std::string bars_svg(const card& plot, double top) {
  const card_backend& on = plot.backends.front();
  constexpr double left = margin + 250;
  constexpr double right = svg_width - margin - 130;
  const double step =
      std::min(44.0, (svg_height - margin - top) / static_cast<double>(on.bars.size()));
  const double greatest = std::max(plot.greatest(), 1.0);
  std::string out;
  double y = top;
  for (const card_bar& bar : on.bars) {
    const bool ours = bar.about.kind == contender_kind::ours;
    const std::string_view fill =
        ours ? " fill=\"#0067a5\" font-weight=\"600\"" : " fill=\"#1c2126\"";
    const double width = std::max(1.0, (right - left) * std::max(0.0, bar.median) / greatest);
    out += text_at(margin, y + step * 0.62, 22, fill, bar.about.name);
    absl::StrAppendFormat(
        &out, "<rect x=\"%.0f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"3\" fill=\"%s\"/>\n",
        left, y + step * 0.2, width, step * 0.6, ours ? "#0067a5" : "#b9c1c9");
    out += text_at(left + width + 14, y + step * 0.62, 22, fill,
                   absl::StrFormat("%+.0f ns", bar.median));
    y += step;
  }
  return out;
}

}  // namespace

headline make_headline(const report_data& data, const std::vector<card>& cards,
                       const std::vector<comparison>& comparisons) {
  headline made;
  if (!has_verdicts(comparisons)) return made;
  std::vector<std::string> sentences;
  for (const card& one : cards) {
    if (one.group != overhead_group || one.backends.empty()) continue;
    made.plot = one;
    made.plot->backends.resize(1);
    sentences.push_back(overhead_text(data, one.backends.front()));
  }
  sentences.push_back(echo_text(comparisons));
  std::erase(sentences, "");
  made.text = absl::StrJoin(sentences, " ");
  return made;
}

std::string headline_svg(const headline& shown) {
  if (!shown.plot) return "";
  std::string out = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%1$d\" height=\"%2$d\" "
      "viewBox=\"0 0 %1$d %2$d\" font-family=\"DejaVu Sans, Verdana, sans-serif\" "
      "fill=\"#1c2126\">\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
      svg_width, svg_height);
  double y = margin + 12;
  for (const std::string& line : lines_of(shown.text)) {
    out += text_at(margin, y, 28, "", line);
    y += 40;
  }
  y += 4;
  out += text_at(
      margin, y, 20, " fill=\"#5c6670\"",
      absl::StrCat(shown.plot->title, ", ", shown.plot->counter.unit, ", on ",
                   shown.plot->backends.front().backend, "; ", better_text(shown.plot->counter)));
  out += bars_svg(*shown.plot, y + 18);
  return out + "</svg>\n";
}

}  // namespace timed::bench
