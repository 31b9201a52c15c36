// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/publish/losses.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/model/suites.h"
#include "bench/reporting/render/figures.h"

namespace timed::bench {
namespace {

rival rival_in(const comparison& comparison) {
  return comparison.is_of_backends     ? rival::other_backend
         : comparison.is_own_variant() ? rival::usual_variant
                                       : rival::competitor;
}

// Losses that differ only in the group of entries.
struct loss {
  const comparison* first;
  std::vector<std::string> groups = {};  ///< Without the suite; empty for SUITE/CONTENDER.
  double least = INFINITY;               ///< Difference in percent, or in the counter's unit.
  double most = -INFINITY;

  bool is_in_percent() const {
    return !first->counter.signs && !std::isnan(first->result.percent());
  }
  // Whether the other one has the same counter, backend and contender of ours.
  bool has_head_of(const comparison& other) const {
    return first->suite == other.suite && first->backend == other.backend &&
           first->ours == other.ours && first->counter.counter == other.counter.counter;
  }
  bool has(const comparison& other) const {
    return has_head_of(other) && first->other == other.other;
  }
  void add(const comparison& comparison) {
    const tested& result = comparison.result;
    const double difference =
        std::abs(is_in_percent() ? result.percent() : result.a_minus_b.estimate);
    least = std::min(least, difference);
    most = std::max(most, difference);
    const std::vector<std::string> parts = absl::StrSplit(comparison.group, '/');
    groups.push_back(absl::StrJoin(parts.begin() + 1, parts.end(), "/"));
  }
};

// "What a deadline adds to a write, on `epoll`: `timed_alternating` "
std::string head_of(const loss& loss) {
  const comparison& first = *loss.first;
  std::string what = absl::StrReplaceAll(first.what, {{"’", "'"}});
  what[0] = absl::ascii_toupper(static_cast<unsigned char>(what[0]));
  return absl::StrCat(what, ", on `", first.backend,
                      "`: ", first.is_own_variant() ? absl::StrCat("`", first.ours, "` ") : "");
}

// " (16, 64 connections)", " (tcp/64, unix/64)"; empty for a suite without groups.
std::string groups_text(const loss& loss) {
  if (loss.groups.front().empty()) return "";
  const std::vector<std::string>& headings = describe_suite(loss.first->suite).parts;
  const bool are_numbers = std::ranges::all_of(loss.groups, [](std::string_view group) {
    return std::ranges::all_of(group, [](unsigned char c) { return absl::ascii_isdigit(c); });
  });
  if (!are_numbers || headings.size() != 1) {
    return absl::StrCat(" (", absl::StrJoin(loss.groups, ", "), ")");
  }
  const auto append = [](std::string* out, std::string_view number) {
    out->append(with_thousands(number));
  };
  return absl::StrCat(" (", absl::StrJoin(loss.groups, ", ", append), " ", headings.front(), ")");
}

// "41 to 63 ns more than `timed` (async_write/0, async_write/1000)"
std::string tail_of(const loss& loss) {
  const column& counter = loss.first->counter;
  const auto digits = [&](double value) {
    const int places = loss.is_in_percent() && value < 2 ? 1 : 0;
    return with_thousands(absl::StrFormat("%.*f", places, value));
  };
  const std::string least = digits(loss.least);
  const std::string most = digits(loss.most);
  return absl::StrCat(least == most ? least : absl::StrCat(least, " to ", most), " ",
                      loss.is_in_percent() ? "%" : counter.unit,
                      counter.less_is_better ? " more" : " less", " than `", loss.first->other, "`",
                      groups_text(loss));
}

// Losses with the same head are one item of the list.
std::string list_of(const std::vector<loss>& losses) {
  std::string list;
  const loss* before = nullptr;
  for (const loss& each : losses) {
    const bool has_head = before != nullptr && before->has_head_of(*each.first);
    absl::StrAppend(&list, has_head ? "; " : absl::StrCat("\n- ", head_of(each)), tail_of(each));
    before = &each;
  }
  return list;
}

}  // namespace

std::string losses_text(const report_data& data, rival to) {
  const std::vector<comparison> all = compare_within(data);
  std::size_t compared = 0;
  std::size_t lost = 0;
  bool has_verdicts = false;
  std::vector<loss> losses;
  for (const comparison& comparison : all) {
    if (rival_in(comparison) != to) continue;
    // Baselines do less, so they are not rivals.
    if (to == rival::competitor && comparison.kind != contender_kind::competitor) continue;
    ++compared;
    has_verdicts = has_verdicts || comparison.result.outcome != verdict::too_few_rounds;
    if (!comparison.is_loss()) continue;
    ++lost;
    auto same = std::find_if(losses.begin(), losses.end(),
                             [&](const loss& other) { return other.has(comparison); });
    if (same == losses.end()) {
      losses.push_back({.first = &comparison});
      same = std::prev(losses.end());
    }
    same->add(comparison);
  }
  if (!has_verdicts) {
    return absl::StrFormat("Of %d comparisons: unknown, as there are too few rounds.", compared);
  }
  if (lost == 0) return absl::StrFormat("None of %d comparisons.", compared);
  return absl::StrCat(absl::StrFormat("%d of %d comparisons:\n", lost, compared), list_of(losses));
}

}  // namespace timed::bench
