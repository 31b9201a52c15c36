// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/comparisons.h"

#include <algorithm>
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
#include "bench/reporting/report_data.h"
#include "bench/reporting/result.h"
#include "bench/reporting/suites.h"
#include "bench/support/statistics.h"

namespace timed::bench {
namespace {

// Counters that say how something was measured.
bool is_bookkeeping(std::string_view counter) {
  for (const std::string_view each :
       {"iterations", "samples", "comparisons", "cpu_time", "raw_ns"}) {
    if (counter == each) return true;
  }
  return absl::EndsWith(counter, "_low_ns") || absl::EndsWith(counter, "_high_ns");
}

// The time first, then the percentiles, then others by their names.
auto place_of(const column& each) {
  const double percentile = percentile_of(each.counter).value_or(0);
  return std::tuple(each.counter == "real_time" ? 0
                    : percentile != 0           ? 1
                                                : 2,
                    percentile, each.counter);
}

bool has_samples(const measured_entry* entry, std::string_view counter) {
  return entry != nullptr && !entry->samples(counter).empty();
}

void compare_contenders(const measured_program& program, const comparison_of& by,
                        const column& counter, std::vector<comparison>& out) {
  for (const measured_entry& other : program.entries) {
    const contender_kind kind = describe_contender(other.contender()).kind;
    if (kind == contender_kind::ours) continue;
    if (by.deadlines_only && kind == contender_kind::floor) continue;
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

// A deadline that costs more where it is set in another way is a loss, too.
void compare_own_ways(const measured_program& program, const comparison_of& by,
                      const column& counter, std::vector<comparison>& out) {
  for (const measured_entry& way : program.entries) {
    const contender is = describe_contender(way.contender());
    if (is.kind != contender_kind::ours || is.name == our_contender) continue;
    if (is_null(is.name, by.counter)) continue;
    const measured_entry* usual = program.find(absl::StrCat(way.group(), "/", our_contender));
    if (!has_samples(usual, by.counter) || !has_samples(&way, by.counter)) continue;
    out.push_back({.suite = program.suite,
                   .backend = program.backend,
                   .group = way.group(),
                   .ours = is.name,
                   .other = std::string(our_contender),
                   .kind = is.kind,
                   .what = by.what,
                   .counter = counter,
                   .result = test(way.samples(by.counter), usual->samples(by.counter))});
  }
}

// The backend that the others are compared with, of those that could be measured.
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
    if (by.deadlines_only) compare_own_ways(program, by, counter, out);
    if (by.between_backends && program.backend == reference) {
      compare_backends(data, program, by, counter, out);
    }
  }
}

// What a contender without any event loop takes, which is the same on every backend; or nothing.
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

// Of writes that take longer the noise is larger too, so for them it is a part of the write.
// @return How long the entry's writes take; nothing if that is not so long.
std::optional<double> long_write_ns(const measured_entry& entry) {
  const std::vector<double> writes = entry.samples("write_ns");
  if (writes.empty() || median(writes) <= 3000) return std::nullopt;
  return median(writes);
}

void check_paired_nulls(const report_data& data, std::vector<null_check>& out) {
  null_check of_short{.what = "Contenders compared to themselves, paired: the greatest median",
                      .deviation = -1,
                      .bound = 5,
                      .unit = "ns"};
  null_check of_long{.what =
                         "Contenders compared to themselves, paired, of writes that take more "
                         "than 3 µs: the greatest median",
                     .deviation = -1,
                     .bound = 1,
                     .unit = "% of the write"};
  for (const measured_program& program : data.programs) {
    for (const measured_entry& entry : program.entries) {
      const std::optional<double> long_ns = long_write_ns(entry);
      null_check& check = long_ns ? of_long : of_short;
      for (const auto& [counter, values] : entry.values) {
        const std::vector<double> samples = entry.samples(counter);
        if (!is_null(entry.contender(), counter) || samples.empty()) continue;
        const double is = std::abs(median(samples));
        check.deviation = std::max(check.deviation, long_ns ? 100 * is / *long_ns : is);
      }
    }
  }
  for (const null_check& each : {of_short, of_long}) {
    if (each.deviation >= 0) out.push_back(each);
  }
}

void check_nulls_between_backends(const report_data& data, std::vector<null_check>& out) {
  null_check check{.what =
                       "The system call send(2), the same in each backend’s programs: the "
                       "greatest difference between them",
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
      const double is = median(samples);
      range& of = ranges.try_emplace(entry.full_name(), range{is, is, 0}).first->second;
      of = {std::min(of.least, is), std::max(of.most, is), of.backends + 1};
    }
  }
  bool any = false;
  for (const auto& [name, of] : ranges) {
    any = any || of.backends > 1;
    check.deviation = std::max(check.deviation, 100 * (of.most / of.least - 1));
  }
  if (any) out.push_back(check);
}

// A run can be disturbed for all backends alike, which no comparison between them shows.
void check_rounds_of_machine(const report_data& data, std::vector<null_check>& out) {
  std::size_t rounds = 0;
  std::size_t slow = 0;
  for (const measured_program& program : data.programs) {
    const std::string counter = time_of_machine(program);
    for (const measured_entry& entry : program.entries) {
      const std::vector<double> samples = entry.samples(counter);
      if (entry.contender() != machine_contender || samples.empty()) continue;
      const double bound = 1.1 * median(samples);
      rounds += samples.size();
      slow += static_cast<std::size_t>(
          std::count_if(samples.begin(), samples.end(), [&](double each) { return each > bound; }));
    }
  }
  if (rounds == 0) return;
  out.push_back({.what = "The system call send(2), the same in each round: how often it took over "
                         "10 % more than the median of its row",
                 .deviation = 100 * static_cast<double>(slow) / static_cast<double>(rounds),
                 .bound = 10,
                 .unit = "% of the rounds"});
}

// Median of the ratios of a program's rows of the machine, as a part of one; -1 if it has none.
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
        if (!is_null(entry.contender(), counter)) continue;
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

void find_differing_context(const report_data& before, const report_data& now, changes& found) {
  const auto say = [&](std::string_view key, std::string_view was, std::string_view is) {
    const std::string text = absl::StrCat(key, ": ", is, ", was ", was);
    auto& all = found.not_alike;
    if (was != is && std::find(all.begin(), all.end(), text) == all.end()) all.push_back(text);
  };
  for (const measured_program& program : now.programs) {
    const measured_program* old = before.find(program.suite, program.backend);
    if (old == nullptr || old->context.empty() || program.context.empty()) continue;
    for (const auto& [key, value] : program.context) {
      const bool tells = key == "cpu_model" || key == "num_cpus" || key == "cpu_pinned" ||
                         key == "kernel" || key == "mitigations" || key == "clock_source" ||
                         key == "compiler" || absl::EndsWith(key, "_version");
      const auto was = old->context.find(key);
      if (tells && was != old->context.end()) say(key, was->second, value);
    }
  }
  say("least time of a round, s", absl::StrCat(before.min_time_s), absl::StrCat(now.min_time_s));
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
  for (const column& each : columns) {
    const std::vector<double> old_samples = before.samples(each.counter);
    const std::vector<double> samples = now.samples(each.counter);
    if (!each.watched || is_null(now.contender(), each.counter)) continue;
    if (samples.empty() || old_samples.empty()) continue;
    double allowance = each.is_of_speed() ? found.drift * std::abs(median(old_samples)) : 0;
    if (each.signs) {
      const std::optional<double> long_ns = long_write_ns(before);
      allowance += long_ns ? found.drift_of_long * *long_ns : found.drift_ns;
    }
    found.all.push_back({.suite = program.suite,
                         .backend = program.backend,
                         .entry = now.full_name(),
                         .counter = each,
                         .result = test(samples, old_samples, allowance)});
  }
}

// Regressions beyond the noise, improvements beyond it, and the others; in each the greatest first.
auto urgency(const change& each) {
  const double percent = each.result.percent();
  const double size =
      std::isnan(percent) ? std::abs(each.result.a_minus_b.estimate) : std::abs(percent);
  return std::tuple(!each.is_beyond_noise(), !each.is_worse(), -size);
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
  result.is = verdict::within_noise;
  if (std::abs(difference) < allowance) return result;
  std::vector<double> nearer = a;
  for (double& each : nearer) each -= std::copysign(allowance, difference);
  result.p = mann_whitney_p(nearer, b);
  if (result.p < false_positive_rate) result.is = verdict::beyond_noise;
  return result;
}

std::string verdict_text(const tested& result) {
  if (result.is == verdict::too_few_rounds) return "too few rounds to tell";
  return absl::StrCat(result.is == verdict::beyond_noise ? "beyond" : "within", " the noise (",
                      probability_text(result), ")");
}

std::string probability_text(const tested& result) {
  if (result.is == verdict::too_few_rounds) return "";
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
    for (const std::string& each : counters) columns.push_back(describe_counter(each));
    std::sort(columns.begin(), columns.end(),
              [](const column& a, const column& b) { return place_of(a) < place_of(b); });
    return columns;
  }
  std::erase_if(columns, [&](const column& each) {
    return std::none_of(
        program.entries.begin(), program.entries.end(),
        [&](const measured_entry& entry) { return has_samples(&entry, each.counter); });
  });
  return columns;
}

std::vector<comparison_of> compared_in(const measured_program& program) {
  const suite& about = describe_suite(program.suite);
  if (!about.compared.empty()) return about.compared;
  const std::vector<column> columns = columns_of(program);
  std::vector<comparison_of> all;
  const auto add = [&](const column& each) {
    all.push_back({.counter = each.counter, .what = absl::StrCat(about.name, ", ", each.heading)});
  };
  for (const column& each : columns) {
    const double percentile = percentile_of(each.counter).value_or(0);
    if (percentile == 50 || percentile == 99) add(each);
  }
  if (!all.empty()) return all;
  for (const column& each : columns) {
    if (each.unit == "bytes" || each.unit == "per second") add(each);
  }
  if (!all.empty()) return all;
  for (const column& each : columns) {
    if (each.counter == "real_time") add(each);
  }
  return all;
}

column describe_compared(const measured_program& program, const comparison_of& by) {
  for (const column& each : columns_of(program)) {
    if (each.counter == by.counter) return each;
  }
  return describe_counter(by.counter);
}

bool comparison::ours_is_better() const {
  return (result.a_minus_b.estimate < 0) == counter.less_is_better;
}

bool change::is_worse() const {
  return (result.a_minus_b.estimate > 0) == counter.less_is_better;
}

std::size_t changes::beyond_noise() const {
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [](const change& each) { return each.is_beyond_noise(); }));
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

bool is_null(std::string_view contender, std::string_view counter) {
  if (counter == "minus_raw_ns") return contender == "socket";
  if (counter != "minus_untimed_ns") return false;
  return contender == "send" || contender == "socket" || absl::EndsWith(contender, "_never");
}

std::vector<null_check> check_nulls(const report_data& data) {
  std::vector<null_check> checks;
  check_paired_nulls(data, checks);
  check_nulls_between_backends(data, checks);
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
      " has none of the entries that are to be measured now, so there is nothing to compare; "
      "measure the same ones, by --filter and --backends, as it was made by: ",
      before.command));
}

}  // namespace timed::bench
