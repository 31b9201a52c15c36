// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/table.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "bench/reporting/results.h"
#include "bench/support/statistics.h"

namespace timed::bench {
namespace {

using values = std::vector<double>;

const values* find(const entry_results& entry, std::string_view counter) {
  const auto found = entry.values.find(counter);
  return found == entry.values.end() ? nullptr : &found->second;
}

// The median of the repetitions, with so many decimal places; "-" if there is none.
std::string median_text(const entry_results& entry, std::string_view counter, int places = 0) {
  const values* all = find(entry, counter);
  return all == nullptr ? "-" : absl::StrFormat("%.*f", places, median(*all));
}

std::size_t repetitions(const program_results& results) {
  std::size_t most = 0;
  for (const entry_results& entry : results.entries) {
    if (const values* times = find(entry, "real_time")) most = std::max(most, times->size());
  }
  return most;
}

// The repetitions differ by more than the pairs within one do (where the memory lies, what the
// hypervisor is at), so the interval is that of the repetitions.
std::string interval_text(const entry_results& entry, std::string_view counter) {
  const values* all = find(entry, counter);
  if (all == nullptr) return "-";
  const interval is = median_interval(*all, 0.95);
  return absl::StrFormat("%+.0f .. %+.0f", is.low, is.high);
}

// The same of what is no difference, without signs.
std::string range_text(const entry_results& entry, std::string_view counter) {
  const values* all = find(entry, counter);
  if (all == nullptr) return "-";
  const interval is = median_interval(*all, 0.95);
  return absl::StrFormat("%.0f .. %.0f", is.low, is.high);
}

std::string difference_text(const entry_results& entry, std::string_view counter) {
  const values* all = find(entry, counter);
  return all == nullptr ? "-" : absl::StrFormat("%+.0f", median(*all));
}

std::string confidence_text(std::size_t n) {
  const double confidence = n == 0 ? 0 : median_interval(values(n, 0), 0.95).confidence;
  return absl::StrFormat("%.0f %%", confidence * 100);
}

std::string with_thousands(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

// The second and third part of an entry's name, each left out where it is as in the row above.
class headings {
 public:
  struct row {
    std::string outer;
    std::string inner;
  };

  row next(const entry_results& entry) {
    const bool same_outer = entry.name[1] == outer_;
    const bool same_inner = same_outer && entry.name[2] == inner_;
    outer_ = entry.name[1];
    inner_ = entry.name[2];
    return {same_outer ? "" : entry.name[1], same_inner ? "" : with_thousands(entry.name[2])};
  }

 private:
  std::string outer_;
  std::string inner_;
};

// What an entry of echo_cpu takes, ns; 0 if there is none. It is the least of its repetitions: no
// two of them are of the same moment, and a machine may run a third slower for a while, never
// faster.
double least_echo_cpu(const program_results& results, std::string_view connections,
                      std::string_view contender) {
  for (const entry_results& entry : results.entries) {
    if (entry.name.size() != 3 || entry.name[1] != connections || entry.name[2] != contender)
      continue;
    const values* times = find(entry, "real_time");
    return times == nullptr ? 0 : *std::min_element(times->begin(), times->end());
  }
  return 0;
}

// As a multiple of the better one of the loops by hand; "-" if there is none.
std::string times_liburing(const program_results& results, const entry_results& entry) {
  double least = 0;
  for (const std::string_view by_hand : {"liburing", "liburing_send"}) {
    const double time = least_echo_cpu(results, entry.name[1], by_hand);
    if (least == 0 || (time != 0 && time < least)) least = time;
  }
  const double time = least_echo_cpu(results, entry.name[1], entry.name[2]);
  return least == 0 || time == 0 ? "-" : absl::StrFormat("%.2f", time / least);
}

}  // namespace

std::string write_latency_table(std::string_view backend, const program_results& results) {
  std::string out = absl::StrFormat(
      "write_latency on %s: from the start of an async_write_some to its handler, ns\n"
      "(each a median of %d repetitions)\n\n"
      "  %-6s%8s  %-18s%9s%9s%9s%9s\n",
      backend, repetitions(results), "socket", "bytes", "", "p50", "p90", "p99", "p99.9");
  headings rows;
  for (const entry_results& entry : results.entries) {
    if (entry.name.size() != 4) continue;
    const auto [socket, bytes] = rows.next(entry);
    absl::StrAppendFormat(&out, "  %-6s%8s  %-18s", socket, bytes, entry.name[3]);
    if (!entry.error.empty()) {
      absl::StrAppend(&out, "  FAILED: ", entry.error, "\n");
      continue;
    }
    absl::StrAppendFormat(&out, "%9s%9s%9s%9s\n", median_text(entry, "p50_ns"),
                          median_text(entry, "p90_ns"), median_text(entry, "p99_ns"),
                          median_text(entry, "p99_9_ns"));
  }
  return out;
}

std::string round_trip_table(std::string_view backend, const program_results& results) {
  std::string out = absl::StrFormat(
      "round_trip on %s: 64 bytes there and back over Unix sockets, all in one thread, ns each\n"
      "(each a median of %d repetitions)\n\n"
      "  %-6s%12s  %-18s%9s\n",
      backend, repetitions(results), "socket", "connections", "", "each");
  headings rows;
  for (const entry_results& entry : results.entries) {
    if (entry.name.size() != 4) continue;
    const auto [socket, connections] = rows.next(entry);
    absl::StrAppendFormat(&out, "  %-6s%12s  %-18s", socket, connections, entry.name[3]);
    if (!entry.error.empty()) {
      absl::StrAppend(&out, "  FAILED: ", entry.error, "\n");
      continue;
    }
    absl::StrAppendFormat(&out, "%9s\n", median_text(entry, "real_time"));
  }
  return out;
}

std::string timeout_overhead_table(std::string_view backend, const program_results& results) {
  const std::size_t n = repetitions(results);
  std::string out = absl::StrFormat(
      "timeout_overhead on %s: one write of 64 bytes over TCP, ns, and what it takes more than "
      "the\n"
      "same stream's without a deadline, and than the plain socket's\n"
      "(medians of %d repetitions; the intervals have the true median in them with %s confidence;\n"
      "the rows send, socket and *_never are compared to themselves: the noise)\n\n"
      "  %-17s%9s  %-18s%7s  %22s  %22s\n"
      "  %-17s%9s  %-18s%7s  %22s  %22s\n",
      backend, n, confidence_text(n), "operation", "other", "", "write", "minus no deadline",
      "minus socket", "", "deadlines", "", "", "", "");
  headings rows;
  for (const entry_results& entry : results.entries) {
    if (entry.name.size() != 4) continue;
    const auto [operation, others] = rows.next(entry);
    absl::StrAppendFormat(&out, "  %-17s%9s  %-18s", operation, others, entry.name[3]);
    if (!entry.error.empty()) {
      absl::StrAppend(&out, "  FAILED: ", entry.error, "\n");
      continue;
    }
    absl::StrAppendFormat(&out, "%7s", median_text(entry, "write_ns"));
    for (const std::string_view counter : {"minus_untimed_ns", "minus_raw_ns"}) {
      absl::StrAppendFormat(&out, "  %6s %15s", difference_text(entry, counter),
                            interval_text(entry, counter));
    }
    absl::StrAppend(&out, "\n");
  }
  return out;
}

std::string expiry_storm_table(std::string_view backend, const program_results& results) {
  std::string out = absl::StrFormat(
      "expiry_storm on %s: operations whose deadlines all pass within one second\n"
      "(each a median of %d repetitions; none was lost or early, or there would be an error)\n\n"
      "  %10s  %-12s%12s%14s%14s%12s%16s\n",
      backend, repetitions(results), "deadlines", "", "to set, ns", "armed, bytes", "peak, bytes",
      "CPU, ms", "worst late, ms");
  std::string count;
  for (const entry_results& entry : results.entries) {
    if (entry.name.size() < 3) continue;
    absl::StrAppendFormat(&out, "  %10s  %-12s",
                          entry.name[1] == count ? "" : with_thousands(entry.name[1]),
                          entry.name[2]);
    count = entry.name[1];
    if (!entry.error.empty()) {
      absl::StrAppend(&out, "  FAILED: ", entry.error, "\n");
      continue;
    }
    const values* late = find(entry, "worst_lateness_ms");
    absl::StrAppendFormat(&out, "%12s%14s%14s%12s%16s\n", median_text(entry, "arm_ns"),
                          median_text(entry, "armed_bytes"), median_text(entry, "peak_bytes"),
                          median_text(entry, "cpu_ms"),
                          late == nullptr ? "-" : absl::StrFormat("%.1f", median(*late)));
  }
  return out;
}

std::string echo_cpu_table(std::string_view backend, const program_results& results) {
  const std::size_t n = repetitions(results);
  std::string out = absl::StrFormat(
      "echo_cpu on %s: CPU time of a server per request of 64 bytes over TCP, which it echoes\n"
      "(medians of %d repetitions; the interval has the true median in it with %s confidence;\n"
      "\"ratio\" is that of the least to the better loop by hand's least; \"busy\", how much of "
      "the\n"
      "time the server was on its CPU)\n\n"
      "  %11s  %-18s%7s%18s%7s%12s%6s%7s%7s%8s\n"
      "  %11s  %-18s%7s%18s%7s%12s%6s%7s%7s%8s\n",
      backend, n, confidence_text(n), "connections", "", "CPU, ns", "", "ratio", "requests", "busy",
      "SQEs", "CQEs", "system", "", "", "", "", "", "per second", "", "", "", "calls");
  std::string connections;
  for (const entry_results& entry : results.entries) {
    if (entry.name.size() != 3) continue;
    absl::StrAppendFormat(&out, "  %11s  %-18s", entry.name[1] == connections ? "" : entry.name[1],
                          entry.name[2]);
    connections = entry.name[1];
    if (!entry.error.empty()) {
      absl::StrAppend(&out, "  FAILED: ", entry.error, "\n");
      continue;
    }
    absl::StrAppendFormat(
        &out, "%7s%18s%7s%12s%6s%7s%7s%8s\n", median_text(entry, "real_time"),
        range_text(entry, "real_time"), times_liburing(results, entry),
        with_thousands(median_text(entry, "requests_per_s")), median_text(entry, "server_busy", 2),
        median_text(entry, "submissions", 2), median_text(entry, "completions", 2),
        median_text(entry, "system_calls", 2));
  }
  return out;
}

std::string echo_cpu_comparison(
    const std::map<std::string, const program_results*>& results_by_backend) {
  const auto ours = results_by_backend.find("io_uring_native");
  if (ours == results_by_backend.end()) return "";
  std::string out;
  for (const entry_results& entry : ours->second->entries) {
    if (entry.name.size() != 3 || entry.name[2] != "timed" || !entry.error.empty()) continue;
    const double time = least_echo_cpu(*ours->second, entry.name[1], "timed");
    std::string others;
    for (const auto& [backend, results] : results_by_backend) {
      const double theirs = least_echo_cpu(*results, entry.name[1], "timed");
      if (results == ours->second || theirs == 0) continue;
      absl::StrAppendFormat(&others, ", %s %.0f (%+.0f %%)", backend, theirs,
                            100 * (time - theirs) / theirs);
    }
    if (others.empty()) continue;
    absl::StrAppendFormat(
        &out, "timed echo server, %s connections, the least of each: io_uring_native %.0f ns%s\n",
        entry.name[1], time, others);
  }
  return out;
}

std::string environment_block(const program_results& results) {
  std::string out = "environment\n\n";
  for (const std::string_view key :
       {"date", "cpu_model", "num_cpus", "cpu_pinned", "mhz_per_cpu", "load_avg", "kernel",
        "mitigations", "compiler", "boost_version"}) {
    const auto found = results.context.find(key);
    if (found == results.context.end()) continue;
    std::string_view heading = key;
    for (const std::string_view line : absl::StrSplit(found->second, " | ")) {
      absl::StrAppendFormat(&out, "  %-20s%s\n", heading, line);
      heading = "";
    }
  }
  return out;
}

}  // namespace timed::bench
