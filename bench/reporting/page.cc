// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/page.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "bench/reporting/comparisons.h"
#include "bench/reporting/html_text.h"
#include "bench/reporting/machine_load.h"
#include "bench/reporting/page_style.h"
#include "bench/reporting/plan.h"
#include "bench/reporting/report_data.h"
#include "bench/reporting/suites.h"
#include "bench/reporting/table.h"
#include "bench/support/statistics.h"

namespace timed::bench {
namespace {

// A figure as print has it: a minus, and a dash between the ends of an interval.
std::string figure(std::string_view text) {
  return absl::StrReplaceAll(html_escape(text), {{"-", "−"}, {" .. ", " … "}});
}

std::string code(std::string_view text) {
  return absl::StrCat("<code>", html_escape(text), "</code>");
}

// Text whose figures stay beside their units.
std::string prose(std::string_view text) {
  return absl::StrReplaceAll(html_escape(text), {{" %", "&nbsp;%"}, {" ns", "&nbsp;ns"}});
}

std::string paragraph(std::string_view text) {
  return absl::StrCat("<p>", prose(text), "</p>\n");
}

std::string_view class_of(contender_kind kind) {
  return kind == contender_kind::ours       ? "ours"
         : kind == contender_kind::baseline ? "baseline"
                                            : "competitor";
}

// With all that the run's own command says of backends, rounds and time. If it has a filter, that
// is what these figures are of.
std::string reproduce(const report_data& data, std::string_view filter) {
  std::string command = data.command;
  if (!absl::StrContains(command, " --filter=")) {
    absl::StrAppend(&command, " --filter='", filter, "'");
  }
  return absl::StrCat("<p class=\"reproduce\">To reproduce: ", code(command), "</p>\n");
}

std::string heading(std::string_view id, std::string_view title, std::string_view name = "") {
  return absl::StrCat("<h2 id=\"", html_escape(id), "\">", html_escape(title),
                      name.empty() ? "" : " " + code(name), "</h2>\n");
}

// "async_write_some, 1,000 other deadlines"
std::string group_text(const suite& about, std::string_view group) {
  const std::vector<std::string> parts = absl::StrSplit(group, '/');
  std::vector<std::string> said;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string part = with_thousands(parts[i]);
    const bool is_number = !part.empty() && part.front() >= '0' && part.front() <= '9';
    const bool has_heading = is_number && i - 1 < about.parts.size();
    said.push_back(has_heading ? absl::StrCat(part, " ", about.parts[i - 1]) : part);
  }
  return absl::StrJoin(said, ", ");
}

std::string difference_cell(const tested& result, const column& counter) {
  const double percent = result.percent();
  if (counter.signs || std::isnan(percent)) {
    return figure(absl::StrFormat("%+.0f %s", result.a_minus_b.estimate, counter.unit));
  }
  return figure(absl::StrFormat("%+.1f %%", percent));
}

std::string interval_cell(const tested& result, const column& counter) {
  const shift& by = result.a_minus_b;
  if (counter.signs || std::isnan(result.percent())) {
    return figure(absl::StrFormat("%+.0f .. %+.0f", by.low, by.high));
  }
  const double of = result.median_b / 100;
  return figure(absl::StrFormat("%+.1f .. %+.1f", by.low / of, by.high / of));
}

std::string better_or_worse(bool better, const tested& result) {
  switch (result.outcome) {
    case verdict::not_significant:
      return "<span class=\"muted\">not significant</span>";
    case verdict::too_few_rounds:
      return "<span class=\"muted\">too few rounds</span>";
    case verdict::significant:
      break;
  }
  return better ? "<span class=\"better\">better</span>" : "<span class=\"worse\">worse</span>";
}

// @param kind A class of the style sheet.
std::string table(const std::vector<std::string>& headings, const std::string& rows,
                  std::string_view kind = "") {
  const std::string as = kind.empty() ? "" : absl::StrCat(" class=\"", kind, "\"");
  return absl::StrCat("<div class=\"scroll\" tabindex=\"0\"><table", as, "><thead><tr>",
                      absl::StrJoin(headings, ""), "</tr></thead><tbody>\n", rows,
                      "</tbody></table></div>\n");
}

std::string th(std::string_view text, std::string_view unit = "", bool number = false) {
  return absl::StrCat(number ? "<th class=\"number\">" : "<th>", html_escape(text),
                      unit.empty() ? "" : absl::StrCat("<small>", html_escape(unit), "</small>"),
                      "</th>");
}

std::string td(std::string_view html, std::string_view kind = "") {
  return absl::StrCat("<td", kind.empty() ? "" : absl::StrCat(" class=\"", kind, "\""), ">", html,
                      "</td>");
}

// --- The summary ---------------------------------------------------------------------------

struct tally {
  std::size_t better = 0;
  std::size_t worse = 0;
  std::size_t not_significant = 0;  ///< Within the noise, or there are too few rounds.
  std::size_t all() const { return better + worse + not_significant; }
};

template <class Belongs>
tally count(const std::vector<comparison>& all, const Belongs& belongs) {
  tally is;
  for (const comparison& each : all) {
    if (!belongs(each)) continue;
    ++(!each.is_significant() ? is.not_significant : each.ours_is_better() ? is.better : is.worse);
  }
  return is;
}

std::string tally_row(std::string_view what, const tally& is) {
  if (is.all() == 0) return "";
  return absl::StrCat("<tr>", td(html_escape(what), "wrap"),
                      td(absl::StrCat(is.better), "number better"),
                      td(absl::StrCat(is.worse), is.worse == 0 ? "number muted" : "number worse"),
                      td(absl::StrCat(is.not_significant), "number"),
                      td(absl::StrCat(is.all()), "number"), "</tr>\n");
}

std::string tallies(const std::vector<comparison>& all) {
  const tally competitors = count(all, [](const comparison& each) {
    return !each.is_of_backends && each.kind == contender_kind::competitor;
  });
  const tally baselines = count(all, [](const comparison& each) {
    return !each.is_of_backends && each.kind == contender_kind::baseline;
  });
  const tally own_variants =
      count(all, [](const comparison& each) { return each.is_own_variant(); });
  const tally backends = count(all, [](const comparison& each) { return each.is_of_backends; });
  std::string backend;
  for (const comparison& each : all) {
    if (each.is_of_backends) backend = each.backend;
  }
  return table(
      {th("Our stream, compared with"), th("better", "", true), th("worse", "", true),
       th("not significant", "", true), th("of all", "", true)},
      absl::StrCat(
          tally_row("other ways to have deadlines (Boost.Beast, Asio’s cancel_after, …)",
                    competitors),
          tally_row("what does less: plain sockets, system calls, raw loops, all "
                    "without deadlines",
                    baselines),
          tally_row(
              absl::StrCat("itself as ", our_contender, ", where it sets deadlines in other ways"),
              own_variants),
          tally_row(absl::StrCat("itself on the other backends; ours is ", backend), backends)));
}

std::string signed_text(double value, bool in_percent, const column& counter) {
  return in_percent ? absl::StrFormat("%+.1f %%", value)
                    : absl::StrFormat("%+.0f %s", value, counter.unit);
}

// What is said in one line: a suite's comparisons by one counter with one other.
struct summary_line {
  const comparison* first;
  tally is;
  double least = INFINITY;  ///< Of those significant.
  double most = -INFINITY;
  bool in_percent = true;
};

// Those with other ways to have deadlines, and with ourselves on other backends.
std::vector<summary_line> summary_lines(const std::vector<comparison>& all) {
  std::vector<summary_line> lines;
  for (const comparison& each : all) {
    if (!each.is_of_backends && each.kind != contender_kind::competitor) continue;
    auto line = std::find_if(lines.begin(), lines.end(), [&](const summary_line& other) {
      return other.first->suite == each.suite && other.first->other == each.other &&
             other.first->counter.counter == each.counter.counter;
    });
    if (line == lines.end()) {
      lines.push_back({.first = &each, .is = {}});
      line = std::prev(lines.end());
    }
    ++(!each.is_significant()  ? line->is.not_significant
       : each.ours_is_better() ? line->is.better
                               : line->is.worse);
    const double percent = each.result.percent();
    line->in_percent = !each.counter.signs;
    const double difference = line->in_percent ? percent : each.result.a_minus_b.estimate;
    if (std::isnan(difference) || !each.is_significant()) continue;
    line->least = std::min(line->least, difference);
    line->most = std::max(line->most, difference);
  }
  return lines;
}

std::string who_wins(const std::vector<comparison>& all) {
  std::string rows;
  std::string suite;
  for (const summary_line& line : summary_lines(all)) {
    const comparison& is = *line.first;
    std::string range = signed_text(line.least, line.in_percent, is.counter);
    if (line.most < line.least) range = "-";  // none is significant, or they are of zero
    if (line.most > line.least) {
      absl::StrAppend(&range, " .. ", signed_text(line.most, line.in_percent, is.counter));
    }
    const auto count_cell = [](std::size_t n, std::string_view kind) {
      return td(absl::StrCat(n), n == 0 ? "number muted" : absl::StrCat("number ", kind));
    };
    absl::StrAppend(&rows, is.suite == suite ? "<tr>" : "<tr class=\"group\">",
                    td(html_escape(is.what), "wrap"),
                    td(html_escape(is.is_of_backends ? absl::StrCat(is.backend, " with ", is.other)
                                                     : absl::StrCat("with ", is.other))),
                    td(figure(range), "number"), count_cell(line.is.better, "better"),
                    count_cell(line.is.worse, "worse"), count_cell(line.is.not_significant, ""),
                    "</tr>\n");
    suite = is.suite;
  }
  if (rows.empty()) return "";
  return absl::StrCat(
      "<h3>By what is asked</h3>\n",
      table({th("what"), th("ours compared"), th("difference", "if significant", true),
             th("better", "", true), th("worse", "", true), th("not significant", "", true)},
            rows, "stacks"));
}

struct bar {
  std::string name;
  contender_kind kind;
  std::string value;
  double length;
};

std::string bars_html(const std::vector<bar>& bars, double longest) {
  std::string out = "<div class=\"bars\">\n";
  for (const bar& each : bars) {
    const double part = longest <= 0 ? 0 : 100 * std::max(0.0, each.length) / longest;
    absl::StrAppend(&out, "<div class=\"row ", class_of(each.kind), "\"><span class=\"name\">",
                    html_escape(each.name), "</span><span class=\"track\"><span class=\"bar\" ",
                    absl::StrFormat("style=\"width:%.1f%%\"", part),
                    "></span></span><span class=\"value\">", figure(each.value), "</span></div>\n");
  }
  return out + "</div>\n";
}

// One card: a headline group, each backend's contenders on one scale.
std::string card(const report_data& data, const suite& about, std::string_view group) {
  std::string out;
  column counter;
  std::string what;
  double longest = 0;
  std::vector<std::pair<std::string, std::vector<bar>>> by_backend;
  for (const measured_program& program : data.programs) {
    if (program.suite != about.name || compared_in(program).empty()) continue;
    const comparison_of by = compared_in(program).front();
    counter = describe_compared(program, by);
    what = by.what;
    std::vector<bar> bars;
    for (const measured_entry& entry : program.entries) {
      const std::vector<double> samples = entry.samples(by.counter);
      const contender is = describe_contender(entry.contender());
      if (entry.group() != group || samples.empty() || is_aa_row(is.name, by.counter)) continue;
      if (by.deadlines_only && is.kind == contender_kind::baseline) continue;
      bars.push_back({is.name, is.kind, figure_text(counter, median(samples)), median(samples)});
      longest = std::max(longest, median(samples));
    }
    if (!bars.empty()) by_backend.emplace_back(program.backend, std::move(bars));
  }
  if (by_backend.empty()) return "";
  absl::StrAppend(&out, "<div class=\"card\"><h3>", html_escape(about.title),
                  "</h3><p class=\"sub\">", html_escape(group_text(about, group)), "; ",
                  html_escape(counter.heading), counter.unit.empty() ? "" : ", ",
                  html_escape(counter.unit), counter.less_is_better ? "" : ", more is better",
                  "</p>\n");
  for (const auto& [backend, bars] : by_backend) {
    absl::StrAppend(&out, "<h4>", html_escape(backend), "</h4>\n", bars_html(bars, longest));
  }
  return out + "</div>\n";
}

std::string cards(const report_data& data) {
  constexpr std::size_t of_a_suite_max = 2;
  std::string out;
  for (const std::string& name : data.suites()) {
    const suite& about = describe_suite(name);
    const auto headline = entry_filter::parse(about.headline);
    std::vector<std::string> groups;
    for (const measured_program& program : data.programs) {
      if (program.suite != name || !headline.has_value()) continue;
      for (const measured_entry& entry : program.entries) {
        const bool is_new = std::find(groups.begin(), groups.end(), entry.group()) == groups.end();
        if (is_new && headline->matches(entry.full_name())) groups.push_back(entry.group());
      }
    }
    groups.resize(std::min(groups.size(), of_a_suite_max));
    for (const std::string& group : groups) absl::StrAppend(&out, card(data, about, group));
  }
  return out.empty() ? "" : absl::StrCat("<div class=\"cards\">\n", out, "</div>\n");
}

std::string comparison_rows(const std::vector<const comparison*>& rows) {
  std::string out;
  for (const comparison* each : rows) {
    const tested& result = each->result;
    std::string where = group_text(describe_suite(each->suite), each->group);
    if (each->is_own_variant()) absl::StrAppend(&where, ", ", each->ours);
    const std::vector<std::string> cells = {
        td(absl::StrCat(html_escape(each->what), "<small class=\"below\">", html_escape(where),
                        "</small>"),
           "wrap"),
        td(html_escape(each->backend)),
        td(html_escape(each->other)),
        td(figure(figure_text(each->counter, result.median_a)), "number"),
        td(figure(figure_text(each->counter, result.median_b)), "number"),
        td(absl::StrCat(difference_cell(result, each->counter), "<small>",
                        interval_cell(result, each->counter), "</small>"),
           "number"),
        td(better_or_worse(each->ours_is_better(), result)),
        td(html_escape(probability_text(result)))};
    absl::StrAppend(&out, "<tr>", absl::StrJoin(cells, ""), "</tr>\n");
  }
  return out;
}

std::string comparison_table(const std::vector<const comparison*>& rows) {
  return table(
      {th("what"), th("on"), th("compared with"), th("ours", "", true), th("theirs", "", true),
       th("difference", absl::StrCat(confidence_of_differences(), " interval"), true),
       th("ours is"), th("Mann–Whitney")},
      comparison_rows(rows));
}

double size_of(const comparison& each) {
  const double percent = each.result.percent();
  return std::isnan(percent) ? 0 : std::abs(percent);
}

std::string losses(const std::vector<comparison>& all) {
  std::vector<const comparison*> real;
  std::vector<const comparison*> baselines;
  for (const comparison& each : all) {
    if (!each.is_loss()) continue;
    const bool is_baseline = !each.is_of_backends && each.kind == contender_kind::baseline;
    (is_baseline ? baselines : real).push_back(&each);
  }
  const auto greater = [](const comparison* a, const comparison* b) {
    return size_of(*a) > size_of(*b);
  };
  std::stable_sort(real.begin(), real.end(), greater);
  std::stable_sort(baselines.begin(), baselines.end(), greater);
  std::string out = "<h3>Where we lose</h3>\n";
  const bool told = std::any_of(all.begin(), all.end(), [](const comparison& each) {
    return each.result.outcome != verdict::too_few_rounds;
  });
  if (!told) {
    absl::StrAppend(&out, paragraph("That is not known: there are too few rounds to tell."));
  } else if (real.empty()) {
    absl::StrAppend(&out, paragraph("To no other way to have deadlines and on no other backend, "
                                    "significant, in what this run has measured."));
  } else {
    absl::StrAppend(&out,
                    paragraph("To others that have deadlines too, to other backends, and, where "
                              "we set deadlines in other ways, to our usual one, significant:"),
                    comparison_table(real));
  }
  if (!baselines.empty()) {
    constexpr std::size_t shown = 10;
    absl::StrAppend(
        &out, paragraph(absl::StrCat(
                  "To what does less (plain sockets, the system call alone, raw loops, all "
                  "without deadlines): what a deadline, the stream and the event loop cost",
                  baselines.size() > shown ? ". The ten greatest; all are at the end:" : ":")));
    baselines.resize(std::min(baselines.size(), shown));
    absl::StrAppend(&out, comparison_table(baselines));
  }
  return out;
}

std::string trust(const report_data& data, const std::vector<comparison>& all) {
  const disturbance_summary found = disturbances_in(data);
  const std::size_t rounds = data.rounds_complete();
  std::string out = "<h3>Can this run be believed?</h3>\n<ul>\n";
  const auto item = [&out](bool good, const std::string& text) {
    absl::StrAppend(&out, good ? "<li>" : "<li class=\"worse\">", prose(text), "</li>\n");
  };
  item(true, absl::StrFormat(
                 "%d comparisons are tested, each at a false-positive rate of %.0f %%: if nothing "
                 "differed at all, at most about %.1f of them would be called significant.",
                 all.size(), 100 * false_positive_rate,
                 false_positive_rate * static_cast<double>(all.size())));
  item(rounds >= 9, absl::StrFormat("%d rounds, each a process of its own: the intervals have the "
                                    "true median in them with %s confidence.",
                                    rounds, confidence_text(rounds)));
  for (const aa_check& each : found.aa_checks) {
    item(each.holds(), absl::StrFormat("%s: %.1f %s; the bound is %.0f.", each.what, each.deviation,
                                       each.unit, each.bound));
  }
  using bounds = disturbance_bounds;
  item(
      !(static_cast<double>(found.disturbed) >
        bounds::disturbed_processes_part * static_cast<double>(found.processes)),
      absl::StrFormat(
          "%d of %d processes were disturbed: other processes took more than %.0f %% of a CPU, the "
          "hypervisor more than %.0f %%, or something was throttled. The bound is %.0f %% of them.",
          found.disturbed, found.processes, 100 * bounds::others_cpu_part, 100 * bounds::steal_part,
          100 * bounds::disturbed_processes_part));
  absl::StrAppend(&out, "</ul>\n");
  if (!found.examples.empty()) {
    absl::StrAppend(&out, "<ul class=\"muted\">\n");
    for (const std::string& each : found.examples) {
      absl::StrAppend(&out, "<li>", html_escape(each), "</li>\n");
    }
    absl::StrAppend(&out, "</ul>\n");
  }
  return out;
}

std::string notices(const report_data& data) {
  std::string out;
  const auto notice = [&out](std::string_view what, std::string_view text) {
    absl::StrAppend(&out, "<div class=\"notice\"><p><strong>", html_escape(what), "</strong> ",
                    html_escape(text), "</p></div>\n");
  };
  if (!data.stopped.empty()) {
    notice(data.interrupted ? "Partial:" : "Fewer rounds:", data.stopped);
  }
  if (const std::size_t rounds = data.rounds_complete();
      mann_whitney_least_p(rounds, rounds) >= false_positive_rate) {
    notice("Too few rounds:",
           "with so few, no difference can be called significant, however "
           "great it is; five are the least, and nine are recommended.");
  }
  if (disturbances_in(data).is_disturbed()) {
    notice("Disturbed:",
           "something else went on, or what is alike differs, beyond the bounds that are stated "
           "below. Medians stand much of that, but a quiet machine is to be preferred.");
  }
  for (const measured_program& each : data.programs) {
    const std::string name = absl::StrCat(each.suite, " on ", each.backend);
    if (!each.failure.empty()) notice(absl::StrCat(name, " failed:"), each.failure);
    const auto failed = std::count_if(each.entries.begin(), each.entries.end(),
                                      [](const auto& entry) { return !entry.error.empty(); });
    if (failed != 0) {
      notice(absl::StrCat(name, ":"),
             absl::StrFormat("%d of %d entries failed; its table says why.", failed,
                             each.entries.size()));
    }
  }
  return out;
}

// --- The suites ----------------------------------------------------------------------------

std::string suite_table_html(const measured_program& program) {
  const suite_table is = make_table(program);
  std::vector<std::string> headings;
  for (const std::string& each : is.part_headings) headings.push_back(th(each));
  headings.push_back(th(""));
  for (const column& each : is.columns) headings.push_back(th(each.heading, each.unit, true));
  std::string rows;
  for (const table_row& row : is.rows) {
    const bool begins_group = std::any_of(row.parts.begin(), row.parts.end(),
                                          [](const std::string& part) { return !part.empty(); });
    absl::StrAppend(&rows, "<tr class=\"", class_of(row.kind), begins_group ? " group" : "", "\">");
    for (const std::string& each : row.parts) absl::StrAppend(&rows, td(html_escape(each)));
    const std::string contender = html_escape(row.contender);
    const std::string remark = html_escape(row.remark);
    if (row.cells.empty()) {
      absl::StrAppend(&rows, td(contender, "contender"), "<td class=\"worse wrap\" colspan=\"",
                      std::max<std::size_t>(is.columns.size(), 1), "\">", remark, "</td>");
    } else if (remark.empty()) {
      absl::StrAppend(&rows, td(contender, "contender"));
    } else {
      absl::StrAppend(
          &rows, td(absl::StrCat(contender, "<small class=\"below worse\">", remark, "</small>"),
                    "contender wrap"));
    }
    for (const table_cell& cell : row.cells) {
      absl::StrAppend(
          &rows, td(absl::StrCat(figure(cell.value),
                                 cell.interval.empty()
                                     ? ""
                                     : absl::StrCat("<small>", figure(cell.interval), "</small>")),
                    "number"));
    }
    absl::StrAppend(&rows, "</tr>\n");
  }
  return table(headings, rows);
}

std::string suite_section(const page_input& input, const std::string& name) {
  const suite& about = describe_suite(name);
  std::string out = heading(name, about.title, name);
  if (!about.question.empty()) absl::StrAppend(&out, paragraph(about.question));
  const auto plots = input.plots.find(name);
  if (plots != input.plots.end() && !plots->second.empty()) {
    absl::StrAppend(&out, "<div class=\"plots\">\n");
    for (const std::string& svg : plots->second) {
      absl::StrAppend(&out, "<figure>", svg, "</figure>\n");
    }
    absl::StrAppend(&out, "</div>\n");
  }
  const bool all_entries = input.data.mode != "quick" || about.quick.empty();
  absl::StrAppend(&out,
                  reproduce(input.data, all_entries ? absl::StrCat("^", name, "/") : about.quick));
  for (const measured_program& program : input.data.programs) {
    if (program.suite != name || program.rounds.empty()) continue;
    absl::StrAppend(&out, "<h3>", html_escape(absl::StrCat("On ", program.backend)), "</h3>\n",
                    suite_table_html(program));
  }
  return out;
}

std::string change_rows(const changes& found, bool beyond) {
  std::string rows;
  for (const change& each : found.all) {
    if (each.is_significant() != beyond) continue;
    absl::StrAppend(
        &rows, "<tr>", td(better_or_worse(!each.is_worse(), each.result)),
        td(html_escape(each.entry)), td(html_escape(each.backend)),
        td(html_escape(absl::StrCat(each.counter.heading, each.counter.unit.empty() ? "" : ", ",
                                    each.counter.unit))),
        td(figure(figure_text(each.counter, each.result.median_b)), "number"),
        td(figure(figure_text(each.counter, each.result.median_a)), "number"),
        td(absl::StrCat(difference_cell(each.result, each.counter), "<small>",
                        interval_cell(each.result, each.counter), "</small>"),
           "number"),
        td(html_escape(probability_text(each.result))), "</tr>\n");
  }
  return rows;
}

std::string change_table(const std::string& rows) {
  return table(
      {th(""), th("entry"), th("on"), th("of"), th("before", "", true), th("now", "", true),
       th("difference", absl::StrCat(confidence_of_differences(), " interval"), true),
       th("Mann–Whitney")},
      rows);
}

std::string changes_section(const page_input& input) {
  const changes& found = *input.against;
  std::string out = heading("changes", "Since the earlier run");
  absl::StrAppend(
      &out,
      paragraph(absl::StrFormat(
          "Compared with %s: %d figures, %d of them significant. If nothing had changed, at "
          "most about %.1f would be called so.",
          input.against_path, found.all.size(), found.significant(),
          false_positive_rate * static_cast<double>(found.all.size()))),
      paragraph(drift_text(found)));
  if (found.only_before + found.only_now > 0) {
    absl::StrAppend(&out, paragraph(absl::StrFormat(
                              "%d entries are in the earlier run only, %d in this one only.",
                              found.only_before, found.only_now)));
  }
  if (!found.not_alike.empty()) {
    absl::StrAppend(&out, "<div class=\"notice\"><p><strong>The two are not alike:</strong></p>\n");
    for (const std::string& each : found.not_alike) absl::StrAppend(&out, paragraph(each));
    absl::StrAppend(&out, "</div>\n");
  }
  const std::string beyond = change_rows(found, true);
  if (!beyond.empty()) {
    absl::StrAppend(&out, "<h3>Significant</h3>\n", change_table(beyond));
  }
  if (found.significant() < found.all.size()) {
    absl::StrAppend(
        &out, "<p><a href=\"#unchanged\">Those that are not significant</a> are at the end.</p>\n");
  }
  return out;
}

// --- The end -------------------------------------------------------------------------------

std::string contenders_section(const report_data& data) {
  std::string rows;
  std::set<std::string> seen;
  for (const measured_program& program : data.programs) {
    for (const measured_entry& entry : program.entries) {
      const contender is = describe_contender(entry.contender());
      if (is.label.empty() || !seen.insert(is.name).second) continue;
      absl::StrAppend(&rows, "<tr class=\"", class_of(is.kind), "\">",
                      td(html_escape(is.name), "contender"), td(html_escape(is.label), "wrap"),
                      "</tr>\n");
    }
  }
  if (rows.empty()) return "";
  return absl::StrCat(heading("contenders", "Who is who"),
                      table({th("name"), th("what it is")}, rows));
}

std::string method_section(const page_input& input) {
  const report_data& data = input.data;
  std::string out = heading("method", "How it was measured");
  absl::StrAppend(
      &out,
      paragraph("A round is one process of each program, pinned to a CPU, which runs each of its "
                "entries once, after a warm-up, in random order. A suite’s backends are programs "
                "of their own; they alternate forwards and backwards (A B C, C B A, …), and suites "
                "alternate, so that each is spread over the whole run."),
      paragraph(absl::StrCat(
          "Each figure is the median of the rounds; beside it is the interval that has the true "
          "median in it with at least 95 % confidence, from order statistics, whatever the "
          "distribution. Two figures are compared by the test of Mann and Whitney over their "
          "rounds; a difference is that of Hodges and Lehmann, with the interval that belongs to "
          "the test, of ",
          confidence_of_differences(), " confidence.")));
  if (!data.left_out.empty()) {
    absl::StrAppend(&out, "<p>Left out:</p>\n<ul>\n");
    for (const std::string& each : data.left_out) {
      absl::StrAppend(&out, "<li>", html_escape(each), "</li>\n");
    }
    absl::StrAppend(&out, "</ul>\n");
  }
  if (!input.plots_missing.empty()) absl::StrAppend(&out, paragraph(input.plots_missing));
  return out;
}

std::string environment_section(const report_data& data) {
  std::string rows;
  for (const auto& [key, value] : environment_of(data)) {
    absl::StrAppend(&rows, "<tr>", td(html_escape(absl::StrReplaceAll(key, {{"_", " "}}))),
                    td(absl::StrReplaceAll(html_escape(value), {{" | ", "<br>"}}), "wrap"),
                    "</tr>\n");
  }
  return absl::StrCat(heading("environment", "Environment"), table({th(""), th("")}, rows));
}

std::string navigation(const page_input& input, bool has_comparisons) {
  std::string out = "<nav aria-label=\"sections\">";
  const auto link = [&out](std::string_view id, std::string_view text) {
    absl::StrAppend(&out, "<a href=\"#", html_escape(id), "\">", html_escape(text), "</a>");
  };
  link("summary", "Summary");
  if (input.against != nullptr) link("changes", "Changes");
  for (const std::string& each : input.data.suites()) link(each, each);
  link("method", "Method");
  link("environment", "Environment");
  if (has_comparisons) link("comparisons", "All comparisons");
  return out + "</nav>\n";
}

}  // namespace

std::string make_page(const page_input& input) {
  const report_data& data = input.data;
  const std::vector<comparison> all = compare_within(data);
  std::vector<const comparison*> pointers;
  for (const comparison& each : all) pointers.push_back(&each);

  std::string cpu;
  for (const auto& [key, value] : environment_of(data)) {
    if (key == "cpu_model") cpu = value;
  }
  std::string out = absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>timed_stream benchmarks</title>\n<style>",
      page_style, "</style>\n</head>\n<body>\n<header>\n<h1>timed_stream benchmarks</h1>\n",
      "<p class=\"about\">",
      html_escape(absl::StrJoin(
          std::vector<std::string>{
              data.date, data.commit.empty() ? "commit not known" : "commit " + data.commit,
              cpu.empty() ? "no CPU was measured" : cpu,
              absl::StrFormat("--%s, %d of %d rounds, %.0f s", data.mode, data.rounds_complete(),
                              data.rounds_planned, data.took_s)},
          " · ")),
      "</p>\n", navigation(input, !all.empty()), "</header>\n<main>\n", notices(data));

  absl::StrAppend(&out, heading("summary", "Summary"));
  if (!all.empty()) {
    absl::StrAppend(&out, tallies(all), cards(data), who_wins(all), losses(all), trust(data, all));
  } else {
    absl::StrAppend(&out, paragraph("There is nothing that could be compared."), cards(data),
                    trust(data, all));
  }
  if (input.against != nullptr) absl::StrAppend(&out, changes_section(input));
  for (const std::string& name : data.suites()) {
    absl::StrAppend(&out, suite_section(input, name));
  }
  absl::StrAppend(&out, contenders_section(data), method_section(input), environment_section(data));
  absl::StrAppend(&out, "<p class=\"reproduce\">To reproduce all of it: ", code(data.command),
                  "</p>\n");
  if (!all.empty()) {
    absl::StrAppend(&out, heading("comparisons", "All comparisons"), comparison_table(pointers));
  }
  if (input.against != nullptr) {
    absl::StrAppend(&out, heading("unchanged", "Since the earlier run: not significant"),
                    change_table(change_rows(*input.against, false)));
  }
  return absl::StrCat(out, "</main>\n<footer>Made by bench:report, from ",
                      html_escape(input.values_path), ".</footer>\n</body>\n</html>\n");
}

}  // namespace timed::bench
