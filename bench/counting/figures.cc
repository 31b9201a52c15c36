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

// Whether what the entry takes is up to this repository, and not to a version of Boost.
bool is_ours(std::string_view entry, std::string_view backend) {
  const std::string_view contender = entry.substr(entry.rfind('/') + 1);
  return contender.starts_with("timed") || contender.starts_with("liburing") ||
         contender == "send" || (contender == "socket" && backend == "io_uring_native");
}

std::string quoted(std::string_view text) {
  return json::serialize(json::string(text));
}

// Returns what decides which instructions there are.
std::string code_of(const figures& of) {
  return of.compiler + ", Boost " + of.boost + ", " + of.libc + ", " + of.machine;
}

const counter& instructions = counters.front();

// @param what Is counted, such as "allocations per operation".
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

// @param ours Whether the entry is.
void compare_counter(const counter& which, std::string_view entry, bool ours, double before,
                     double now, comparison& found) {
  const double relative = ours ? which.tolerance_ours : which.tolerance_others;
  compare_count(entry, std::string(which.name) + " per operation", before, now,
                std::max(which.tolerance, relative * std::abs(before)), found);
}

// @return What the entry of our stream takes more instructions than the same without a deadline, if
//     it is one that has any.
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

std::string table_of(const figures& of) {
  std::size_t width = 0;
  for (const auto& [name, counts] : of.entries) width = std::max(width, name.size());
  std::string table = of.backend + ", per operation of 64 bytes over TCP (" + code_of(of) + ")\n" +
                      std::string(width + 2, ' ');
  for (const counter& each : counters) {
    table += formatted(" %13s", std::string(each.name).c_str());
  }
  for (const auto& [name, counts] : of.entries) {
    table += '\n' + name + std::string(width + 2 - name.size(), ' ');
    for (const counter& each : counters) {
      const auto count = counts.find(each.name);
      table += formatted(" %13s", count == counts.end() ? "-" : number(count->second).c_str());
    }
  }
  return table + '\n';
}

std::string to_json(const figures& of) {
  std::string text =
      "{\n  \"format\": " + std::to_string(format) + ",\n  \"backend\": " + quoted(of.backend) +
      ",\n  \"compiler\": " + quoted(of.compiler) + ",\n  \"machine\": " + quoted(of.machine) +
      ",\n  \"boost\": " + quoted(of.boost) + ",\n  \"libc\": " + quoted(of.libc) +
      ",\n  \"entries\": {";
  std::string_view before_entry = "\n";
  for (const auto& [name, counts] : of.entries) {
    text += std::string(before_entry) + "    " + quoted(name) + ": {";
    std::string_view before_count = "";
    for (const counter& each : counters) {
      const auto count = counts.find(each.name);
      if (count == counts.end()) continue;
      text +=
          std::string(before_count) + quoted(each.name) + ": " + formatted("%.10g", count->second);
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
    found.notes.push_back(
        "entries with nothing of ours in them are not compared, for the same reason");
  }
  for (const auto& [name, counts] : before.entries) {
    const bool ours = is_ours(name, before.backend);
    if (!is_same_boost && !ours) continue;
    const auto current = now.entries.find(name);
    if (current == now.entries.end()) {
      found.failures.push_back(name + ": is among the figures, but was not counted");
      continue;
    }
    for (const counter& each : counters) {
      if (each.name == instructions.name && !is_same_code) continue;
      const auto then = counts.find(each.name);
      const auto is = current->second.find(each.name);
      if (then == counts.end() && is == current->second.end()) continue;
      if (then == counts.end() || is == current->second.end()) {
        found.failures.push_back(
            name + ": " + std::string(each.name) +
            (is == current->second.end() ? " were not counted" : " are not among the figures"));
        continue;
      }
      compare_counter(each, name, ours, then->second, is->second, found);
    }
    // A deadline's few would hide in what the whole operation's may differ by. What depends on the
    // processor is in both, and falls out.
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
