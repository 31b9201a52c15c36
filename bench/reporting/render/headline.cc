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
#include "bench/reporting/render/figures.h"
#include "bench/reporting/render/html_text.h"
#include "bench/reporting/render/notices.h"
#include "bench/reporting/render/page_rows.h"

namespace timed::bench {
namespace {

constexpr std::string_view overhead_suite = "timeout_overhead";
constexpr std::string_view overhead_group = "timeout_overhead/async_write_some/1000";

// "4 ns"; "nothing that can be told from noise (−2 to 3 ns)"
std::string nanoseconds_text(const card_bar& bar) {
  const column plain{.unit = "ns"};
  const auto text = [&](double value) { return figure(figure_text(plain, value)); };
  if (bar.low > 0 || bar.high < 0) return absl::StrCat(text(bar.median), " ns");
  return absl::StrCat("nothing that can be told from noise (", text(bar.low), " to ",
                      text(bar.high), " ns)");
}

// ", which then takes 3.3 us"
std::string write_text(const report_data& data, const std::string& backend) {
  const measured_program* const program = data.find(overhead_suite, backend);
  const measured_entry* const entry =
      program == nullptr ? nullptr
                         : program->find(absl::StrCat(overhead_group, "/", our_contender));
  if (entry == nullptr) return "";
  const std::vector<double> write_ns = entry->samples("write_ns");
  if (write_ns.empty()) return "";
  return absl::StrFormat(", which then takes %.1f us", median(write_ns) / 1e3);
}

// "On this machine a deadline adds 4 ns to a write, which then takes 3.3 us (epoll); Boost.Beast’s
// adds 294 ns, Asio’s cancel_after 536 ns."
std::string overhead_text(const report_data& data, const card_backend& on, const card_bar& ours) {
  std::string text =
      absl::StrCat("On this machine a deadline adds ", nanoseconds_text(ours), " to a write",
                   write_text(data, on.backend), " (", on.backend, ")");
  std::vector<std::string> others;
  constexpr std::pair<std::string_view, std::string_view> named[] = {
      {"beast", "Boost.Beast’s"}, {"asio_cancel_after", "Asio’s cancel_after"}};
  for (const auto& [name, called] : named) {
    const card_bar* const other = on.find(name);
    if (other == nullptr || !suffices(other->rounds.size())) continue;
    others.push_back(
        absl::StrCat(called, others.empty() ? " adds " : " ", nanoseconds_text(*other)));
  }
  if (!others.empty()) absl::StrAppend(&text, "; ", absl::StrJoin(others, ", "));
  return text + ".";
}

std::string percent_text(double percent) {
  return absl::StrFormat(std::abs(percent) < 1 ? "%.1f" : "%.0f", std::abs(percent));
}

// "8 to 12 %"
std::string range_text(double least, double most) {
  std::string low = percent_text(least);
  std::string high = percent_text(most);
  if (low == high) return low + " %";
  if (std::abs(least) > std::abs(most)) std::swap(low, high);
  return absl::StrCat(low, " to ", high, " %");
}

// "Our io_uring backend serves an echo with 8 to 12 % less CPU time than the same stream on Asio’s
// epoll, in 2 of 3 loads."
std::string echo_text(const std::vector<comparison>& comparisons) {
  std::vector<double> percents;  // of the significant ones
  std::size_t loads = 0;
  for (const comparison& one : comparisons) {
    if (!one.is_of_backends || one.suite != "echo_cpu" || one.backend != "io_uring_native" ||
        one.other != "epoll" || one.counter.counter != "real_time") {
      continue;
    }
    ++loads;
    if (one.is_significant() && !std::isnan(one.result.percent())) {
      percents.push_back(one.result.percent());
    }
  }
  if (percents.empty()) return "";
  const auto [least, most] = std::minmax_element(percents.begin(), percents.end());
  std::string text = "Our io_uring backend serves an echo with ";
  if (*most < 0) {
    absl::StrAppend(&text, range_text(*least, *most), " less");
  } else if (*least > 0) {
    absl::StrAppend(&text, range_text(*least, *most), " more");
  } else {
    absl::StrAppend(&text, percent_text(*least), " % less to ", percent_text(*most), " % more");
  }
  text += " CPU time than the same stream on Asio’s epoll";
  if (percents.size() < loads) {
    absl::StrAppend(&text, ", in ", percents.size(), " of ", loads,
                    " loads; in the others the difference is not significant");
  }
  return text + ".";
}

// --- The file ------------------------------------------------------------------------------------

constexpr int svg_width = 1200;
constexpr int svg_height = 630;
constexpr int margin = 60;
constexpr int letter_width = 14;  // at most, of the bars' labels
constexpr std::size_t line_length = 62;

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
                         attributes, html_escape(text));
}

std::string bars_svg(const card& plot, double top, double bottom) {
  const std::vector<card_bar>& bars = plot.backends.front().bars;
  std::size_t longest = 0;
  for (const card_bar& bar : bars) longest = std::max(longest, bar.about.name.size());
  const double left = margin + letter_width * static_cast<double>(longest) + 16;
  const double right = svg_width - margin - 130;
  const double step = std::min(44.0, (bottom - top) / static_cast<double>(bars.size()));
  const double greatest = std::max(plot.greatest(), 1.0);
  std::string out;
  double y = top;
  for (const card_bar& bar : bars) {
    const bool ours = bar.about.kind == contender_kind::ours;
    const std::string_view label =
        ours ? " fill=\"#0067a5\" font-weight=\"600\"" : " fill=\"#1c2126\"";
    const double width = std::max(1.0, (right - left) * std::max(0.0, bar.median) / greatest);
    out += text_at(margin, y + step * 0.62, 22, label, bar.about.name);
    absl::StrAppendFormat(
        &out, "<rect x=\"%.0f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"3\" fill=\"%s\"/>\n",
        left, y + step * 0.2, width, step * 0.6, ours ? "#0067a5" : "#b9c1c9");
    out += text_at(
        left + width + 14, y + step * 0.62, 22, label,
        absl::StrCat(figure(figure_text(plot.counter, bar.median)), " ", plot.counter.unit));
    y += step;
  }
  return out;
}

}  // namespace

headline make_headline(const report_data& data, const std::vector<card>& cards,
                       const std::vector<comparison>& comparisons) {
  headline made{.footer = absl::StrCat("timed_stream · ", run_text(data))};
  std::vector<std::string> sentences;
  for (const card& one : cards) {
    if (one.group != overhead_group) continue;
    for (const card_backend& on : one.backends) {
      const card_bar* const ours = on.find(our_contender);
      if (ours == nullptr || !suffices(ours->rounds.size())) continue;
      sentences.push_back(overhead_text(data, on, *ours));
      made.plot = one;
      made.plot->backends = {on};
      std::erase_if(made.plot->backends.front().bars, [](const card_bar& bar) {
        return bar.about.kind == contender_kind::ours && bar.about.name != our_contender;
      });
      break;
    }
  }
  sentences.push_back(echo_text(comparisons));
  std::erase(sentences, "");
  made.text = absl::StrJoin(sentences, " ");
  if (const std::string disturbed = disturbance_line(data); !disturbed.empty()) {
    made.footer += " · disturbed";
  }
  if (!data.stopped.empty()) made.footer += " · partial";
  return made;
}

std::string headline_svg(const headline& shown) {
  if (!shown.plot) return "";
  const std::string title = html_escape(shown.text);
  std::string out = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"%s\" width=\"%d\" "
      "height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"DejaVu Sans, Verdana, sans-serif\" "
      "fill=\"#1c2126\">\n<title>%s</title>\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
      title, svg_width, svg_height, svg_width, svg_height, title);
  double y = margin + 12;
  for (const std::string& line : lines_of(shown.text)) {
    out += text_at(margin, y, 28, "", line);
    y += 40;
  }
  constexpr std::string_view muted = " fill=\"#5c6670\"";
  y += 4;
  out += text_at(
      margin, y, 20, muted,
      absl::StrCat(shown.plot->title, ", ", shown.plot->counter.unit, ", on ",
                   shown.plot->backends.front().backend, "; ", better_text(shown.plot->counter)));
  out += bars_svg(*shown.plot, y + 18, svg_height - margin);
  out += text_at(margin, svg_height - 24, 15, muted, shown.footer);
  return out + "</svg>\n";
}

}  // namespace timed::bench
