// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/counting/figures.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace timed::bench {
namespace {

namespace json = boost::json;

constexpr int format = 2;

std::string formatted(const char* how, auto... values) {
  std::array<char, 256> text{};
  const int size = std::snprintf(text.data(), text.size(), how, values...);
  return std::string(text.data(), static_cast<std::size_t>(size));
}

// Without a trailing ".00".
std::string number(double value) {
  return value == std::floor(value) ? formatted("%.0f", value) : formatted("%.4g", value);
}

// Returns whether the entry's cost depends on this repository, not on the version of Boost.
bool is_ours(std::string_view entry, std::string_view backend) {
  const std::string_view contender = entry.substr(entry.rfind('/') + 1);
  return contender.starts_with("timed") || contender.starts_with("raw_liburing") ||
         contender == "send" || (contender == "socket" && backend == "io_uring_native");
}

std::string quoted(std::string_view text) {
  return json::serialize(json::string(text));
}

// Describes the versions that determine the instructions.
std::string code_of(const figures& counted) {
  return counted.compiler + ", Boost " + counted.boost + ", " + counted.libc + ", " +
         counted.machine;
}

const counter& instructions = counters.front();

// @param what Name of the count, such as "allocations per operation".
void compare_count(std::string_view entry, const std::string& what, double before, double now,
                   double tolerance, comparison& found) {
  const double difference = now - before;
  if (std::abs(difference) <= tolerance + 1e-6) return;
  std::string text = std::string(entry) + ": " + what + ' ' + (difference > 0 ? "grew" : "fell") +
                     " from " + number(before) + " to " + number(now) + " (" +
                     (difference > 0 ? "+" : "") + number(difference);
  if (before != 0) text += formatted(", %+.1f %%", 100 * difference / before);
  text += tolerance < 0.01 ? "; none is allowed)" : formatted("; %.0f are allowed)", tolerance);
  found.failures.push_back(std::move(text));
}

// @param ours Whether the entry is one of ours, see is_ours.
void compare_counter(const counter& which, std::string_view entry, bool ours, double before,
                     double now, comparison& found) {
  const double relative = ours ? which.tolerance_ours : which.tolerance_others;
  compare_count(entry, std::string(which.name) + " per operation", before, now,
                std::max(which.tolerance, relative * std::abs(before)), found);
}

// @return Number of instructions that the deadline adds to an entry of our stream; nothing if the
//     entry has no deadline.
std::optional<double> added_by_deadline(const figures& all, std::string_view entry) {
  const auto contender = entry.rfind('/') + 1;
  const std::string never = std::string(entry.substr(0, contender)) + "timed_never";
  if (!entry.substr(contender).starts_with("timed") || entry == never) return std::nullopt;
  const auto with = all.entries.find(entry);
  const auto without = all.entries.find(never);
  if (with == all.entries.end() || without == all.entries.end()) return std::nullopt;
  const auto count = with->second.find(instructions.name);
  const auto count_without = without->second.find(instructions.name);
  if (count == with->second.end() || count_without == without->second.end()) return std::nullopt;
  return count->second - count_without->second;
}

}  // namespace

std::string table_of(const figures& counted) {
  std::size_t width = 0;
  for (const auto& [name, counts] : counted.entries) width = std::max(width, name.size());
  std::string table = counted.backend + ", per operation of 64 bytes over TCP (" +
                      code_of(counted) + ")\n" + std::string(width + 2, ' ');
  for (const counter& counter : counters) {
    table += formatted(" %13s", std::string(counter.name).c_str());
  }
  for (const auto& [name, counts] : counted.entries) {
    table += '\n' + name + std::string(width + 2 - name.size(), ' ');
    for (const counter& counter : counters) {
      const auto count = counts.find(counter.name);
      table += formatted(" %13s", count == counts.end() ? "-" : number(count->second).c_str());
    }
  }
  return table + '\n';
}

std::string to_json(const figures& counted) {
  std::string text = "{\n  \"format\": " + std::to_string(format) +
                     ",\n  \"backend\": " + quoted(counted.backend) +
                     ",\n  \"compiler\": " + quoted(counted.compiler) +
                     ",\n  \"machine\": " + quoted(counted.machine) +
                     ",\n  \"boost\": " + quoted(counted.boost) +
                     ",\n  \"libc\": " + quoted(counted.libc) + ",\n  \"entries\": {";
  std::string_view before_entry = "\n";
  for (const auto& [name, counts] : counted.entries) {
    text += std::string(before_entry) + "    " + quoted(name) + ": {";
    std::string_view before_count;
    for (const counter& counter : counters) {
      const auto count = counts.find(counter.name);
      if (count == counts.end()) continue;
      text += std::string(before_count) + quoted(counter.name) + ": " +
              formatted("%.10g", count->second);
      before_count = ", ";
    }
    text += '}';
    before_entry = ",\n";
  }
  return text + "\n  }\n}\n";
}

figures from_json(std::string_view text) {
  const json::value root = json::parse(text);
  const json::object& object = root.as_object();
  if (object.at("format").to_number<int>() != format) {
    throw std::runtime_error("its format is " + json::serialize(object.at("format")) +
                             ", and this program knows " + std::to_string(format));
  }
  const auto string_at = [&object](std::string_view key) {
    return std::string(object.at(key).as_string());
  };
  figures read{.backend = string_at("backend"),
               .compiler = string_at("compiler"),
               .machine = string_at("machine"),
               .boost = string_at("boost"),
               .libc = string_at("libc"),
               .entries = {}};
  for (const auto& [name, counts] : object.at("entries").as_object()) {
    for (const auto& [counter_name, value] : counts.as_object()) {
      read.entries[name][counter_name] = value.to_number<double>();
    }
  }
  return read;
}

comparison compare(const figures& before, const figures& now) {
  comparison found;
  if (before.backend != now.backend) {
    found.failures.push_back("the figures are of the backend " + before.backend + ", not of " +
                             now.backend);
    return found;
  }
  const bool is_same_boost = before.boost == now.boost;
  const bool is_same_code = is_same_boost && before.compiler == now.compiler &&
                            before.machine == now.machine && before.libc == now.libc;
  if (!is_same_code) {
    found.notes.push_back("instructions are not compared: the figures are of " + code_of(before) +
                          ", and this is " + code_of(now));
  }
  if (!is_same_boost) {
    found.notes.emplace_back(
        "entries without code of this repository are not compared, for the same reason");
  }
  for (const auto& [name, counts] : before.entries) {
    const bool ours = is_ours(name, before.backend);
    if (!is_same_boost && !ours) continue;
    const auto current = now.entries.find(name);
    if (current == now.entries.end()) {
      found.failures.push_back(name + ": is among the figures, but was not counted");
      continue;
    }
    for (const counter& counter : counters) {
      if (counter.name == instructions.name && !is_same_code) continue;
      const auto then = counts.find(counter.name);
      const auto present = current->second.find(counter.name);
      if (then == counts.end() && present == current->second.end()) continue;
      if (then == counts.end() || present == current->second.end()) {
        found.failures.push_back(name + ": " + std::string(counter.name) +
                                 (present == current->second.end() ? " were not counted"
                                                                   : " are not among the figures"));
        continue;
      }
      compare_counter(counter, name, ours, then->second, present->second, found);
    }
    // The few instructions of a deadline would be hidden by the tolerance of the whole operation.
    // What depends on the processor is in both, and cancels out.
    const auto added_before = added_by_deadline(before, name);
    const auto added_now = added_by_deadline(now, name);
    if (is_same_code && added_before && added_now) {
      compare_count(name, "instructions that its deadline adds", *added_before, *added_now,
                    instructions.tolerance, found);
    }
  }
  for (const auto& [name, counts] : now.entries) {
    if (!before.entries.contains(name)) {
      found.failures.push_back(name + ": was counted, but is not among the figures");
    }
  }
  return found;
}

}  // namespace timed::bench
