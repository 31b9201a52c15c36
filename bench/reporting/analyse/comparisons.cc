// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/analyse/comparisons.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/harness/statistics.h"
#include "bench/reporting/model/report_data.h"
#include "bench/reporting/model/result.h"
#include "bench/reporting/model/results.h"
#include "bench/reporting/model/suites.h"

namespace timed::bench {
namespace {

// Sort key: the time first, then the percentiles, then the others by name.
auto place_of(const column& column) {
  const double percentile = percentile_of(column.counter).value_or(0);
  return std::tuple(column.counter == "real_time" ? 0
                    : percentile != 0             ? 1
                                                  : 2,
                    percentile, column.counter);
}

bool has_samples(const measured_entry* entry, std::string_view counter) {
  return entry != nullptr && !entry->samples(counter).empty();
}

void compare_contenders(const measured_program& program, const comparison_of& by,
                        const column& counter, std::vector<comparison>& out) {
  for (const measured_entry& other : program.entries) {
    const contender_kind kind = describe_contender(other.contender()).kind;
    if (kind == contender_kind::ours) continue;
    if (by.deadlines_only && kind == contender_kind::baseline) continue;
    const measured_entry* ours = program.find(absl::StrCat(other.group(), "/", our_contender));
    if (!has_samples(ours, by.counter) || !has_samples(&other, by.counter)) continue;
    out.push_back({.suite = program.suite,
                   .backend = program.backend,
                   .group = other.group(),
                   .other = other.contender(),
                   .kind = kind,
                   .what = by.what,
                   .counter = counter,
                   .result = test(ours->samples(by.counter), other.samples(by.counter))});
  }
}

// Compares variants of our stream with the usual one: a deadline that costs more is a loss, too.
void compare_own_variants(const measured_program& program, const comparison_of& by,
                          const column& counter, std::vector<comparison>& out) {
  for (const measured_entry& way : program.entries) {
    const contender about = describe_contender(way.contender());
    if (about.kind != contender_kind::ours || about.name == our_contender) continue;
    if (is_aa_row(about.name, by.counter)) continue;
    const measured_entry* usual = program.find(absl::StrCat(way.group(), "/", our_contender));
    if (!has_samples(usual, by.counter) || !has_samples(&way, by.counter)) continue;
    out.push_back({.suite = program.suite,
                   .backend = program.backend,
                   .group = way.group(),
                   .ours = about.name,
                   .other = std::string(our_contender),
                   .kind = about.kind,
                   .what = by.what,
                   .counter = counter,
                   .result = test(way.samples(by.counter), usual->samples(by.counter))});
  }
}

// Returns the measured backend that the others are compared with.
std::string reference_backend(const report_data& data) {
  std::string first;
  for (const measured_program& program : data.programs) {
    if (program.entries.empty()) continue;
    if (program.backend == "io_uring_native") return program.backend;
    if (first.empty()) first = program.backend;
  }
  return first;
}

void compare_backends(const report_data& data, const measured_program& program,
                      const comparison_of& by, const column& counter,
                      std::vector<comparison>& out) {
  for (const std::string& backend : data.backends()) {
    const measured_program* other = data.find(program.suite, backend);
    if (other == nullptr || other == &program) continue;
    for (const measured_entry& ours : program.entries) {
      const measured_entry* theirs = other->find(ours.full_name());
      if (ours.contender() != our_contender) continue;
      if (!has_samples(&ours, by.counter) || !has_samples(theirs, by.counter)) continue;
      out.push_back({.suite = program.suite,
                     .backend = program.backend,
                     .group = ours.group(),
                     .other = backend,
                     .is_of_backends = true,
                     .what = by.what,
                     .counter = counter,
                     .result = test(ours.samples(by.counter), theirs->samples(by.counter))});
    }
  }
}

void compare_program(const report_data& data, const measured_program& program,
                     const std::string& reference, std::vector<comparison>& out) {
  for (const comparison_of& by : compared_in(program)) {
    const column counter = describe_compared(program, by);
    if (by.between_contenders) compare_contenders(program, by, counter, out);
    if (by.deadlines_only) compare_own_variants(program, by, counter, out);
    if (by.between_backends && program.backend == reference) {
      compare_backends(data, program, by, counter, out);
    }
  }
}

// A contender without an event loop, whose time is the same on every backend.
constexpr std::string_view machine_contender = "send";

std::string time_of_machine(const measured_program& program) {
  for (const std::string_view counter : {"write_ns", "p50_ns", "real_time"}) {
    for (const measured_entry& entry : program.entries) {
      if (entry.contender() == machine_contender && has_samples(&entry, counter)) {
        return std::string(counter);
      }
    }
  }
  return "";
}

// Longer writes have more noise, so their bounds are relative to the write.
// @return Duration of the entry's writes; nothing if they are short.
std::optional<double> long_write_ns(const measured_entry& entry) {
  const std::vector<double> writes = entry.samples("write_ns");
  if (writes.empty() || median(writes) <= 3000) return std::nullopt;
  return median(writes);
}

void check_paired_aa(const report_data& data, std::vector<aa_check>& out) {
  aa_check of_short{
      .what = "A/A check, paired: the greatest median", .deviation = -1, .bound = 5, .unit = "ns"};
  aa_check of_long{.what = "A/A check, paired, for writes above 3 µs: the greatest median",
                   .deviation = -1,
                   .bound = 1,
                   .unit = "% of the write"};
  for (const measured_program& program : data.programs) {
    for (const measured_entry& entry : program.entries) {
      const std::optional<double> long_ns = long_write_ns(entry);
      aa_check& check = long_ns ? of_long : of_short;
      for (const auto& [counter, values] : entry.values) {
        const std::vector<double> samples = entry.samples(counter);
        if (!is_aa_row(entry.contender(), counter) || samples.empty()) continue;
        const double deviation = std::abs(median(samples));
        check.deviation =
            std::max(check.deviation, long_ns ? 100 * deviation / *long_ns : deviation);
      }
    }
  }
  for (const aa_check& check : {of_short, of_long}) {
    if (check.deviation >= 0) out.push_back(check);
  }
}

void check_aa_between_backends(const report_data& data, std::vector<aa_check>& out) {
  aa_check check{.what =
                     "A/A check of the system call send(2) in the programs of each backend: the "
                     "greatest difference",
                 .bound = 5,
                 .unit = "%"};
  struct range {
    double least;
    double most;
    std::size_t backends;
  };
  std::map<std::string, range> ranges;
  for (const measured_program& program : data.programs) {
    const std::string counter = time_of_machine(program);
    for (const measured_entry& entry : program.entries) {
      const std::vector<double> samples = entry.samples(counter);
      if (entry.contender() != machine_contender || samples.empty()) continue;
      const double time = median(samples);
      range& range_of_entry =
          ranges.try_emplace(entry.full_name(), range{time, time, 0}).first->second;
      range_of_entry = {std::min(range_of_entry.least, time), std::max(range_of_entry.most, time),
                        range_of_entry.backends + 1};
    }
  }
  bool any = false;
  for (const auto& [name, entry_range] : ranges) {
    any = any || entry_range.backends > 1;
    check.deviation = std::max(check.deviation, 100 * (entry_range.most / entry_range.least - 1));
  }
  if (any) out.push_back(check);
}

// A disturbance may affect all backends equally, which no comparison between them shows.
void check_rounds_of_machine(const report_data& data, std::vector<aa_check>& out) {
  std::size_t rounds = 0;
  std::size_t slow = 0;
  for (const measured_program& program : data.programs) {
    const std::string counter = time_of_machine(program);
    for (const measured_entry& entry : program.entries) {
      const std::vector<double> samples = entry.samples(counter);
      if (entry.contender() != machine_contender || samples.empty()) continue;
      const double bound = 1.1 * median(samples);
      rounds += samples.size();
      slow += static_cast<std::size_t>(std::count_if(samples.begin(), samples.end(),
                                                     [&](double value) { return value > bound; }));
    }
  }
  if (rounds == 0) return;
  out.push_back({.what =
                     "A/A check of the system call send(2) in each round: how often it took over "
                     "10 % more than the median of its row",
                 .deviation = 100 * static_cast<double>(slow) / static_cast<double>(rounds),
                 .bound = 10,
                 .unit = "% of the rounds"});
}

// Returns the median relative change of a program's rows `send`; -1 if it has none.
double drift_of(const measured_program& before, const measured_program& now) {
  const std::string counter = time_of_machine(now);
  std::vector<double> ratios;
  for (const measured_entry& entry : now.entries) {
    const measured_entry* old = before.find(entry.full_name());
    if (entry.contender() != machine_contender) continue;
    if (!has_samples(&entry, counter) || !has_samples(old, counter)) continue;
    ratios.push_back(median(entry.samples(counter)) / median(old->samples(counter)));
  }
  return ratios.empty() ? -1 : std::abs(median(ratios) - 1);
}

void find_drift(const report_data& before, const report_data& now, changes& found) {
  for (const measured_program& program : now.programs) {
    const measured_program* old = before.find(program.suite, program.backend);
    if (old == nullptr) continue;
    if (const double drift = drift_of(*old, program); drift >= 0) {
      found.drift = std::max(found.drift, drift);
      found.drift_is_known = true;
    }
    for (const measured_entry& entry : program.entries) {
      const measured_entry* old_entry = old->find(entry.full_name());
      for (const auto& [counter, values] : entry.values) {
        if (!is_aa_row(entry.contender(), counter)) continue;
        if (!has_samples(&entry, counter) || !has_samples(old_entry, counter)) continue;
        const double moved =
            std::abs(median(entry.samples(counter)) - median(old_entry->samples(counter)));
        const std::optional<double> long_ns = long_write_ns(*old_entry);
        double& most = long_ns ? found.drift_of_long : found.drift_ns;
        most = std::max(most, moved / long_ns.value_or(1));
      }
    }
  }
}

// Properties of the machine that figures depend on.
constexpr std::array<std::string_view, 9> machine_properties = {
    "cpu_model",    "num_cpus",  "cpu_pinned", "kernel", "mitigations", "page_table_isolation",
    "clock_source", "kernel_hz", "compiler"};

void find_differing_context(const report_data& before, const report_data& now, changes& found) {
  const auto compare = [&](std::string_view key, std::string_view was, std::string_view current) {
    const std::string text = absl::StrCat(key, ": ", current, ", was ", was);
    auto& all = found.not_alike;
    if (was != current && std::find(all.begin(), all.end(), text) == all.end()) all.push_back(text);
  };
  for (const measured_program& program : now.programs) {
    const measured_program* old = before.find(program.suite, program.backend);
    if (old == nullptr || old->context.empty() || program.context.empty()) continue;
    for (const auto& [key, value] : program.context) {
      const bool is_relevant =
          std::ranges::find(machine_properties, key) != machine_properties.end() ||
          absl::EndsWith(key, "_version");
      const auto was = old->context.find(key);
      if (is_relevant && was != old->context.end()) compare(key, was->second, value);
    }
  }
  const auto client_host_of = [](const report_data& data) -> std::string {
    for (const measured_program& program : data.programs) {
      const auto host = program.context.find("client_host");
      if (host != program.context.end()) return host->second;
    }
    return "this one";
  };
  compare("client_host", client_host_of(before), client_host_of(now));
  compare("minimum time of a round, s", absl::StrCat(before.min_time_s),
          absl::StrCat(now.min_time_s));
  if (!before.stopped.empty()) {
    found.not_alike.push_back(absl::StrCat(before.interrupted
                                               ? "the earlier run is partial: "
                                               : "the earlier run has fewer rounds than planned: ",
                                           before.stopped));
  }
}

void compare_entries(const measured_entry& before, const measured_entry& now,
                     const measured_program& program, const std::vector<column>& columns,
                     changes& found) {
  for (const column& column : columns) {
    const std::vector<double> old_samples = before.samples(column.counter);
    const std::vector<double> samples = now.samples(column.counter);
    if (!column.watched || is_aa_row(now.contender(), column.counter)) continue;
    if (samples.empty() || old_samples.empty()) continue;
    double allowance = column.is_of_speed() ? found.drift * std::abs(median(old_samples)) : 0;
    if (column.signs) {
      const std::optional<double> long_ns = long_write_ns(before);
      allowance += long_ns ? found.drift_of_long * *long_ns : found.drift_ns;
    }
    found.all.push_back({.suite = program.suite,
                         .backend = program.backend,
                         .entry = now.full_name(),
                         .counter = column,
                         .result = test(samples, old_samples, allowance)});
  }
}

// Sort key: significant regressions, significant improvements, others; the greatest first in each.
auto urgency(const change& change) {
  const double percent = change.result.percent();
  const double size =
      std::isnan(percent) ? std::abs(change.result.a_minus_b.estimate) : std::abs(percent);
  return std::tuple(!change.is_significant(), !change.is_worse(), -size);
}

}  // namespace

double tested::percent() const {
  if (median_b <= 0) return std::numeric_limits<double>::quiet_NaN();
  return 100 * a_minus_b.estimate / median_b;
}

tested test(const std::vector<double>& a, const std::vector<double>& b, double allowance) {
  tested result{.median_a = median(a),
                .median_b = median(b),
                .a_minus_b = shift_between(a, b, false_positive_rate)};
  if (mann_whitney_least_p(a.size(), b.size()) >= false_positive_rate) return result;
  const double difference = result.a_minus_b.estimate;
  result.outcome = verdict::not_significant;
  if (std::abs(difference) < allowance) return result;
  std::vector<double> nearer = a;
  for (double& value : nearer) value -= std::copysign(allowance, difference);
  result.p = mann_whitney_p(nearer, b);
  if (result.p < false_positive_rate) result.outcome = verdict::significant;
  return result;
}

std::string verdict_text(const tested& result) {
  if (result.outcome == verdict::too_few_rounds) return "too few rounds";
  return absl::StrCat(result.outcome == verdict::significant ? "" : "not ", "significant (",
                      probability_text(result), ")");
}

std::string probability_text(const tested& result) {
  if (result.outcome == verdict::too_few_rounds) return "";
  if (result.p < 1e-5) return "p < 0.00001";
  return absl::StrFormat("p = %.*f", result.p < 1e-3 ? 5 : result.p < 0.1 ? 4 : 2, result.p);
}

std::vector<column> columns_of(const measured_program& program) {
  const suite& about = describe_suite(program.suite);
  std::vector<column> columns = about.columns;
  if (columns.empty()) {
    std::set<std::string> counters;
    for (const measured_entry& entry : program.entries) {
      for (const auto& [counter, values] : entry.values) {
        if (!is_bookkeeping(counter)) counters.insert(counter);
      }
    }
    for (const std::string& counter : counters) columns.push_back(describe_counter(counter));
    std::sort(columns.begin(), columns.end(),
              [](const column& a, const column& b) { return place_of(a) < place_of(b); });
    return columns;
  }
  std::erase_if(columns, [&](const column& column) {
    return std::none_of(
        program.entries.begin(), program.entries.end(),
        [&](const measured_entry& entry) { return has_samples(&entry, column.counter); });
  });
  return columns;
}

std::vector<comparison_of> compared_in(const measured_program& program) {
  const suite& about = describe_suite(program.suite);
  if (!about.compared.empty()) return about.compared;
  const std::vector<column> columns = columns_of(program);
  std::vector<comparison_of> all;
  const auto add = [&](const column& column) {
    all.push_back(
        {.counter = column.counter, .what = absl::StrCat(about.name, ", ", column.heading)});
  };
  for (const column& column : columns) {
    const double percentile = percentile_of(column.counter).value_or(0);
    if (percentile == 50 || percentile == 99) add(column);
  }
  if (!all.empty()) return all;
  for (const column& column : columns) {
    if (column.unit == "bytes" || column.unit == "per second") add(column);
  }
  if (!all.empty()) return all;
  for (const column& column : columns) {
    if (column.counter == "real_time") add(column);
  }
  return all;
}

column describe_compared(const measured_program& program, const comparison_of& by) {
  for (const column& column : columns_of(program)) {
    if (column.counter == by.counter) return column;
  }
  return describe_counter(by.counter);
}

bool comparison::ours_is_better() const {
  return (result.a_minus_b.estimate < 0) == counter.less_is_better;
}

bool change::is_worse() const {
  return (result.a_minus_b.estimate > 0) == counter.less_is_better;
}

std::size_t changes::significant() const {
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [](const change& change) { return change.is_significant(); }));
}

std::vector<comparison> compare_within(const report_data& data) {
  std::vector<comparison> all;
  const std::string reference = reference_backend(data);
  for (const std::string& suite : data.suites()) {
    for (const measured_program& program : data.programs) {
      if (program.suite == suite) compare_program(data, program, reference, all);
    }
  }
  return all;
}

bool is_aa_row(std::string_view contender, std::string_view counter) {
  if (counter == "minus_raw_ns") return contender == "socket";
  if (counter != "minus_untimed_ns") return false;
  return contender == "send" || contender == "socket" || absl::EndsWith(contender, "_never");
}

std::vector<aa_check> check_aa(const report_data& data) {
  std::vector<aa_check> checks;
  check_paired_aa(data, checks);
  check_aa_between_backends(data, checks);
  check_rounds_of_machine(data, checks);
  return checks;
}

changes compare_with(const report_data& before, const report_data& now) {
  changes found;
  find_drift(before, now, found);
  find_differing_context(before, now, found);
  for (const measured_program& program : now.programs) {
    const measured_program* old = before.find(program.suite, program.backend);
    const std::vector<column> columns = columns_of(program);
    for (const measured_entry& entry : program.entries) {
      const measured_entry* old_entry = old == nullptr ? nullptr : old->find(entry.full_name());
      if (old_entry == nullptr) {
        ++found.only_now;
      } else {
        compare_entries(*old_entry, entry, program, columns, found);
      }
    }
  }
  for (const measured_program& program : before.programs) {
    const measured_program* present = now.find(program.suite, program.backend);
    for (const measured_entry& entry : program.entries) {
      if (present == nullptr || present->find(entry.full_name()) == nullptr) ++found.only_before;
    }
  }
  std::stable_sort(found.all.begin(), found.all.end(),
                   [](const change& a, const change& b) { return urgency(a) < urgency(b); });
  return found;
}

result<void> check_common_entries(const report_data& before, const std::string& path,
                                  const std::vector<std::string>& backend_and_entry) {
  for (const measured_program& program : before.programs) {
    for (const measured_entry& entry : program.entries) {
      const std::string name = absl::StrCat(program.backend, " ", entry.full_name());
      if (std::find(backend_and_entry.begin(), backend_and_entry.end(), name) !=
          backend_and_entry.end()) {
        return {};
      }
    }
  }
  return failed(absl::StrCat(
      path,
      " has none of the entries selected now, so there is nothing to compare; select the same ones "
      "with --filter and --backends. It was made by: ",
      before.command));
}

bool has_verdicts(const std::vector<comparison>& all) {
  return std::any_of(all.begin(), all.end(), [](const comparison& one) {
    return one.result.outcome != verdict::too_few_rounds;
  });
}

losses losses_in(const std::vector<comparison>& all) {
  losses found;
  for (const comparison& one : all) {
    if (!one.is_loss()) continue;
    const bool is_to_baseline = !one.is_of_backends && one.kind == contender_kind::baseline;
    (is_to_baseline ? found.to_baselines : found.to_others).push_back(&one);
  }
  const auto size = [](const comparison* one) {
    const double percent = one->result.percent();
    return std::isnan(percent) ? 0 : std::abs(percent);
  };
  const auto is_greater = [&](const comparison* a, const comparison* b) {
    return size(a) > size(b);
  };
  std::stable_sort(found.to_others.begin(), found.to_others.end(), is_greater);
  std::stable_sort(found.to_baselines.begin(), found.to_baselines.end(), is_greater);
  return found;
}

bool suffices(std::size_t rounds) {
  return mann_whitney_least_p(rounds, rounds) < false_positive_rate;
}

}  // namespace timed::bench
