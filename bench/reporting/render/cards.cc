// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/cards.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bench/harness/statistics.h"
#include "bench/reporting/model/entry_filter.h"
#include "bench/reporting/render/page_rows.h"
#include "bench/reporting/render/table.h"

namespace timed::bench {
namespace {

bool is_alike(const std::vector<comparison>& all, const measured_program& program,
              const measured_entry& entry, std::string_view counter) {
  const auto compared = std::find_if(all.begin(), all.end(), [&](const comparison& one) {
    const std::string& other = one.is_own_variant() ? one.ours : one.other;
    return !one.is_of_backends && one.suite == program.suite && one.backend == program.backend &&
           one.group == entry.group() && one.counter.counter == counter &&
           other == entry.contender();
  });
  return compared != all.end() && compared->result.outcome == verdict::not_significant;
}

card_bar bar_of(const measured_program& program, const measured_entry& entry,
                const std::vector<double>& samples, std::string_view counter,
                const std::vector<comparison>& comparisons) {
  const interval of_median = median_interval(samples, target_confidence);
  return {.about = describe_contender(entry.contender()),
          .median = median(samples),
          .low = of_median.low,
          .high = of_median.high,
          .rounds = samples,
          .is_alike = is_alike(comparisons, program, entry, counter),
          .remark = remark_of(program, entry)};
}

void add_factors(card_backend& backend, const column& counter) {
  const card_bar* const ours = backend.find(our_contender);
  if (ours == nullptr || counter.signs || ours->median <= 0) return;
  const double our_median = ours->median;
  for (card_bar& bar : backend.bars) {
    if (bar.about.name != our_contender) bar.factor = bar.median / our_median;
  }
}

card_backend bars_of(const measured_program& program, std::string_view group,
                     const comparison_of& by, const column& counter,
                     const std::vector<comparison>& comparisons) {
  card_backend made{.backend = program.backend};
  for (const measured_entry& entry : program.entries) {
    const std::vector<double> samples = entry.samples(by.counter);
    if (entry.group() != group || samples.empty() || is_aa_row(entry.contender(), by.counter)) {
      continue;
    }
    card_bar bar = bar_of(program, entry, samples, by.counter, comparisons);
    if (by.deadlines_only && bar.about.kind == contender_kind::baseline) continue;
    made.bars.push_back(std::move(bar));
  }
  std::stable_sort(made.bars.begin(), made.bars.end(), [&](const card_bar& a, const card_bar& b) {
    return counter.less_is_better ? a.median < b.median : a.median > b.median;
  });
  add_factors(made, counter);
  return made;
}

card card_of(const report_data& data, const suite& about, std::string_view group,
             const std::vector<comparison>& comparisons) {
  card made{.suite = about.name, .title = about.title, .group = std::string(group)};
  for (const measured_program& program : data.programs) {
    if (program.suite != about.name || compared_in(program).empty()) continue;
    const comparison_of by = compared_in(program).front();
    const column counter = describe_compared(program, by);
    card_backend backend = bars_of(program, group, by, counter, comparisons);
    if (backend.bars.empty()) continue;
    made.counter = counter;  // a program that has failed does not know the suite's columns
    made.backends.push_back(std::move(backend));
  }
  made.subtitle = absl::StrCat(group_text(about, group), "; ", made.counter.heading,
                               made.counter.unit.empty() ? "" : ", ", made.counter.unit);
  return made;
}

std::vector<std::string> headline_groups(const report_data& data, const suite& about) {
  constexpr std::size_t groups_max = 2;
  std::vector<std::string> groups;
  const auto headline = entry_filter::parse(about.headline);
  if (!headline.has_value()) return groups;
  for (const measured_program& program : data.programs) {
    if (program.suite != about.name) continue;
    for (const measured_entry& entry : program.entries) {
      const bool is_new = std::find(groups.begin(), groups.end(), entry.group()) == groups.end();
      if (is_new && headline->matches(entry.full_name())) groups.push_back(entry.group());
    }
  }
  groups.resize(std::min(groups.size(), groups_max));
  return groups;
}

}  // namespace

const card_bar* card_backend::find(std::string_view contender) const {
  const auto found = std::find_if(bars.begin(), bars.end(),
                                  [&](const card_bar& bar) { return bar.about.name == contender; });
  return found == bars.end() ? nullptr : &*found;
}

double card::least() const {
  double least = 0;
  for (const card_backend& backend : backends) {
    for (const card_bar& bar : backend.bars) least = std::min(least, bar.low);
  }
  return least;
}

double card::greatest() const {
  double greatest = 0;
  for (const card_backend& backend : backends) {
    for (const card_bar& bar : backend.bars) greatest = std::max(greatest, bar.high);
  }
  return greatest;
}

std::string_view better_text(const column& counter) {
  return counter.less_is_better ? "lower is better" : "higher is better";
}

std::vector<card> summary_cards(const report_data& data,
                                const std::vector<comparison>& comparisons) {
  std::vector<card> all;
  for (const std::string& name : data.suites()) {
    const suite& about = describe_suite(name);
    for (const std::string& group : headline_groups(data, about)) {
      card made = card_of(data, about, group, comparisons);
      if (!made.backends.empty()) all.push_back(std::move(made));
    }
  }
  return all;
}

}  // namespace timed::bench
