// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/publish/fill_in.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "bench/harness/statistics.h"
#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/analyse/disturbances.h"
#include "bench/reporting/publish/figure_cells.h"
#include "bench/reporting/publish/losses.h"
#include "bench/reporting/publish/wrapped.h"
#include "bench/reporting/render/figures.h"
#include "bench/reporting/render/table.h"

namespace timed::bench {
namespace {

// The words of a {...}, taken one by one.
class words {
 public:
  explicit words(std::string_view text)
      : words_(absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty())) {}

  bool is_empty() const { return at_ == words_.size(); }

  std::string_view take() {
    if (is_empty()) throw std::invalid_argument("a word is missing at the end");
    return words_[at_++];
  }

  // Takes these words if they are next.
  bool take_if(std::string_view text) {
    const std::vector<std::string_view> wanted = absl::StrSplit(text, ' ');
    if (words_.size() - at_ < wanted.size()) return false;
    const auto next = words_.begin() + static_cast<std::ptrdiff_t>(at_);
    if (!std::equal(wanted.begin(), wanted.end(), next)) return false;
    at_ += wanted.size();
    return true;
  }

  void expect(std::string_view word) {
    if (!take_if(word)) throw std::invalid_argument(absl::StrCat("\"", word, "\" is missing"));
  }

 private:
  std::vector<std::string_view> words_;
  std::size_t at_ = 0;
};

// --- Figures -----------------------------------------------------------------------------------

// What follows the name of figures: what is subtracted, and how they are written.
struct figure_options {
  std::string minus = {};
  figure_style style = {};
};

figure_style take_style(words& from) {
  const bool in_us = from.take_if("in us");
  return {.in_us = in_us, .with_interval = from.take_if("with interval")};
}

figure_options take_options(words& from) {
  figure_options options;
  if (from.take_if("minus")) options.minus = from.take();
  options.style = take_style(from);
  return options;
}

std::string figures_text(const report_data& data, std::string_view name,
                         const figure_options& options) {
  const std::vector<figure_cell> cells = cells_named(data, name);
  std::vector<std::string> texts;
  if (options.minus.empty()) {
    for (const figure_cell& cell : cells) texts.push_back(cell_text(cell, options.style));
    return absl::StrJoin(texts, " | ");
  }
  const std::vector<figure_cell> subtracted = cells_named(data, options.minus);
  if (subtracted.size() != cells.size()) {
    throw std::invalid_argument("both sides of \"minus\" have to name as many figures");
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    texts.push_back(difference_text(cells[i], subtracted[i], options.style));
  }
  return absl::StrJoin(texts, " | ");
}

// --- Rows of a table ---------------------------------------------------------------------------

// Returns whether the figure is zero by definition: the contender compared with itself, or what a
// deadline adds to one that has none.
bool is_zero(const measured_program& program, const contender& named, const std::string& counter) {
  if (is_aa_row(named.name, counter)) return true;
  return named.kind == contender_kind::baseline &&
         std::ranges::any_of(compared_in(program), [&](const comparison_of& by) {
           return by.counter == counter && by.deadlines_only;
         });
}

// Returns the contenders that have one of the figures: ours first, then competitors, then
// baselines.
std::vector<contender> contenders_of(const std::vector<figure_cell>& cells) {
  std::vector<contender> all;
  for (const figure_cell& cell : cells) {
    for (std::size_t i = 0; i < cell.entries.size(); ++i) {
      const contender named = describe_contender(cell.entries[i]->contender());
      if (is_zero(*cell.programs[i], named, cell.counter.counter)) continue;
      if (std::ranges::find(all, named.name, &contender::name) == all.end()) all.push_back(named);
    }
  }
  const auto place = [](const contender& each) {
    return each.kind == contender_kind::ours ? 0 : each.kind == contender_kind::competitor ? 1 : 2;
  };
  std::ranges::stable_sort(all, {}, place);
  return all;
}

// Returns whether a competitor's figure is significantly better than ours.
bool beats_ours(const figure_cell& cell, const contender& named) {
  if (named.kind != contender_kind::competitor || cell.entries.size() != 1) return false;
  const measured_entry& theirs = *cell.entries.front();
  const std::string& counter = cell.counter.counter;
  const measured_entry* ours =
      cell.programs.front()->find(absl::StrCat(theirs.group(), "/", our_contender));
  if (ours == nullptr || ours->samples(counter).empty()) return false;
  const tested result = test(theirs.samples(counter), ours->samples(counter));
  return result.outcome == verdict::significant &&
         (result.a_minus_b.estimate < 0) == cell.counter.less_is_better;
}

// Returns whether the report has a remark on one of the entries: "did not keep the rate in 2
// rounds".
bool has_remark(const figure_cell& cell) {
  for (std::size_t i = 0; i < cell.entries.size(); ++i) {
    if (!remark_of(*cell.programs[i], *cell.entries[i]).empty()) return true;
  }
  return false;
}

// Returns a row for each contender, which is "*" in the name of the figures.
std::string rows_text(const report_data& data, std::string_view name, const figure_style& style) {
  const std::size_t place = name.rfind("/*");
  if (place == name.npos) throw std::invalid_argument("the contender has to be *");
  std::vector<std::string> rows;
  for (const contender& named : contenders_of(cells_named(data, name))) {
    std::vector<std::string> texts;
    for (const figure_cell& cell : cells_named(
             data, absl::StrCat(name.substr(0, place + 1), named.name, name.substr(place + 2)))) {
      const std::string text = absl::StrCat(cell_text(cell, style), has_remark(cell) ? "†" : "");
      texts.push_back(beats_ours(cell, named) ? absl::StrCat("**", text, "**") : text);
    }
    const bool is_baseline = named.kind == contender_kind::baseline;
    rows.push_back(absl::StrCat("| `", named.name, "`", is_baseline ? " (baseline)" : "", " | ",
                                absl::StrJoin(texts, " | "), " |"));
  }
  return absl::StrJoin(rows, "\n");
}

// --- Comparisons -------------------------------------------------------------------------------

struct samples {
  std::vector<double> of_one;
  std::vector<double> of_other;
};

// Takes two figures, and a word between them. Of several on the right, it is the best.
samples take_both(const report_data& data, words& from, std::string_view between) {
  const std::string_view name = from.take();
  const std::vector<figure_cell> one = cells_named(data, name);
  if (one.size() != 1 || one.front().entries.size() != 1) {
    throw std::invalid_argument(absl::StrCat(name, " is not a single figure"));
  }
  const column& counter = one.front().counter;
  samples both{.of_one = one.front().entries.front()->samples(counter.counter), .of_other = {}};
  from.expect(between);
  for (const figure_cell& cell : cells_named(data, from.take())) {
    for (const measured_entry* entry : cell.entries) {
      std::vector<double> other = entry->samples(cell.counter.counter);
      const bool is_better = both.of_other.empty() ||
                             (median(other) < median(both.of_other)) == counter.less_is_better;
      if (is_better) both.of_other = std::move(other);
    }
  }
  return both;
}

double percent_of(const tested& compared) {
  const double percent = compared.percent();
  if (std::isnan(percent)) {
    throw std::invalid_argument("the figure after \"with\" is not above zero; use \"minus\"");
  }
  return percent;
}

// "12 % less", "0.0 % more or less"
std::string percent_text(double percent) {
  const double size = std::abs(percent);
  const std::string_view direction = size < 0.05 ? "more or less" : percent < 0 ? "less" : "more";
  return absl::StrFormat("%.*f %% %s", size < 9.95 ? 1 : 0, size, direction);
}

// "12 % less"
std::string compare_text(const report_data& data, words& from) {
  const auto [one, other] = take_both(data, from, "with");
  const tested compared = test(one, other);
  const double percent = percent_of(compared);
  switch (compared.outcome) {
    case verdict::significant:
      return percent_text(percent);
    case verdict::not_significant:
      return "not significantly more or less";
    case verdict::too_few_rounds:
      break;
  }
  return "more or less (unknown: too few rounds)";
}

// "at most 3 % more | 10 % more | **missed**", for a bound of how many percent more the figure may
// be, significantly or not.
std::string target_text(const report_data& data, words& from) {
  double bound = 0;
  if (!absl::SimpleAtod(from.take(), &bound)) throw std::invalid_argument("no bound in percent");
  const auto [one, other] = take_both(data, from, "with");
  const double percent = percent_of(test(one, other));
  return absl::StrFormat("%s %g %% %s | %s | %s", bound < 0 ? "at least" : "at most",
                         std::abs(bound), bound < 0 ? "less" : "more", percent_text(percent),
                         percent <= bound ? "met" : "**missed**");
}

std::string take_losses(const report_data& data, words& from) {
  if (from.take_if("to competitors")) return losses_text(data, rival::competitor);
  if (from.take_if("to backends")) return losses_text(data, rival::other_backend);
  if (from.take_if("of variants")) return losses_text(data, rival::usual_variant);
  throw std::invalid_argument("losses \"to competitors\", \"to backends\" or \"of variants\"");
}

// --- The run -----------------------------------------------------------------------------------

std::string environment_text(const report_data& data, words& from) {
  const bool all = from.is_empty();
  const std::string_view wanted = all ? "" : from.take();
  std::vector<std::string> items;
  for (const auto& [key, value] : environment_of(data)) {
    if (key == wanted) return value;
    items.push_back(absl::StrCat("- ", key, ": ", absl::StrReplaceAll(value, {{" | ", "; "}})));
  }
  if (!all) throw std::invalid_argument(absl::StrCat("the environment has no ", wanted));
  return absl::StrJoin(items, "\n");
}

std::size_t failed_entries(const report_data& data) {
  std::size_t count = 0;
  for (const measured_program& program : data.programs) {
    count += static_cast<std::size_t>(std::ranges::count_if(
        program.entries, [](const measured_entry& entry) { return !entry.error.empty(); }));
  }
  return count;
}

// Returns why the figures are not those of a full run of a known version on a quiet machine; empty
// if they are.
std::string caveats_text(const report_data& data) {
  constexpr std::size_t rounds_min = 5;
  std::vector<std::string> reasons;
  const auto add_if = [&](bool holds, std::string reason) {
    if (holds) reasons.push_back(std::move(reason));
  };
  const std::size_t rounds = data.rounds_complete();
  add_if(data.mode != "full", "the run is not a full one");
  add_if(rounds < std::max(rounds_min, data.rounds_planned),
         rounds < data.rounds_planned
             ? absl::StrFormat("the run has %d of %d rounds", rounds, data.rounds_planned)
             : absl::StrFormat("the run has only %d rounds", rounds));
  add_if(!data.stopped.empty(), absl::StrCat("the run was stopped: ", data.stopped));
  for (const measured_program& program : data.programs) {
    add_if(!program.failure.empty(), absl::StrCat(program.name(), " failed: ", program.failure));
  }
  const std::size_t failures = failed_entries(data);
  add_if(failures != 0, absl::StrFormat("failed entries: %d", failures));
  // What a filter leaves out was not wanted. A template that names such a figure fails.
  std::vector<std::string> left_out = data.left_out;
  std::erase_if(left_out, [](const std::string& one) {
    return absl::EndsWith(one, " entries (by --filter)");
  });
  add_if(!left_out.empty(), absl::StrCat("left out: ", absl::StrJoin(left_out, ", ")));
  add_if(data.commit.empty(), "the commit is unknown");
  add_if(absl::StrContains(data.commit, "modified"), "the checkout had uncommitted changes");
  const bool is_remote = std::ranges::any_of(data.programs, [](const measured_program& program) {
    return program.context.contains("client_host");
  });
  add_if(is_remote, "clients were on another host, which the text does not say");
  add_if(disturbances_in(data).is_disturbed(), "the machine was disturbed");
  if (reasons.empty()) return "";
  return absl::StrCat("**Preliminary figures: ", absl::StrJoin(reasons, "; "), ".**");
}

std::string replacement_of(const report_data& data, std::string_view instruction) {
  words from(instruction);
  std::string text;
  if (from.take_if("rows")) {
    const std::string_view name = from.take();
    text = rows_text(data, name, take_style(from));
  } else if (from.take_if("compare")) {
    text = compare_text(data, from);
  } else if (from.take_if("target")) {
    text = target_text(data, from);
  } else if (from.take_if("losses")) {
    text = take_losses(data, from);
  } else if (from.take_if("environment")) {
    text = environment_text(data, from);
  } else if (from.take_if("caveats")) {
    text = caveats_text(data);
  } else {
    const std::string_view name = from.take();
    text = figures_text(data, name, take_options(from));
  }
  if (!from.is_empty()) {
    throw std::invalid_argument(absl::StrCat("\"", from.take(), "\" is not expected"));
  }
  return text;
}

}  // namespace

result<std::string> fill_in(std::string_view text, const report_data& data) {
  std::string out;
  while (true) {
    const std::size_t begin = text.find('{');
    if (begin == text.npos) break;
    const std::size_t end = text.find('}', begin);
    if (end == text.npos) return failed("a { in the template has no }");
    const std::string_view instruction = text.substr(begin + 1, end - begin - 1);
    absl::StrAppend(&out, text.substr(0, begin));
    try {
      absl::StrAppend(&out, replacement_of(data, instruction));
    } catch (const std::invalid_argument& malformed) {
      return failed(absl::StrCat("{", instruction, "}: ", malformed.what()));
    }
    text.remove_prefix(end + 1);
  }
  absl::StrAppend(&out, text);
  return wrapped_markdown(absl::StripAsciiWhitespace(out));
}

}  // namespace timed::bench
