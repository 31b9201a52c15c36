// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/model/results.h"

#include <boost/json.hpp>
#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bench/reporting/model/result.h"

namespace timed::bench {
namespace {

namespace json = boost::json;

// Returns whether a number is a measurement that is kept.
bool is_measured(std::string_view key) {
  if (is_bookkeeping(key)) return false;
  for (const std::string_view name : {"family_index", "per_family_instance_index", "repetitions",
                                      "repetition_index", "threads"}) {
    if (key == name) return false;
  }
  return true;
}

// Returns nanoseconds per unit of the file's times.
double nanoseconds_in(const json::object& run) {
  const json::value* unit = run.if_contains("time_unit");
  if (unit == nullptr || unit->as_string() == "ns") return 1;
  return unit->as_string() == "us" ? 1e3 : unit->as_string() == "ms" ? 1e6 : 1e9;
}

std::string as_text(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_number()) return absl::StrCat(value.to_number<double>());
  if (!value.is_array()) return json::serialize(value);
  std::string list;
  for (const json::value& element : value.get_array()) {
    absl::StrAppend(&list, list.empty() ? "" : " ", as_text(element));
  }
  return list;
}

// Sorts entries by registration: the file has them in the order of completion, which is random.
class entries_in_order {
 public:
  entry_results& find_or_add(const std::string& name, int position) {
    entry_results& entry = entries_[{position, name}];
    entry.name = parts_of_name(name);
    return entry;
  }

  std::vector<entry_results> take() {
    std::vector<entry_results> entries;
    for (auto& [key, entry] : entries_) entries.push_back(std::move(entry));
    return entries;
  }

 private:
  std::map<std::pair<int, std::string>, entry_results> entries_;
};

program_results read(const json::value& root) {
  program_results results;
  for (const auto& [key, value] : root.at("context").as_object()) {
    if (key == "host_name" || key == "executable") continue;  // private
    results.context[std::string(key)] = as_text(value);
  }
  entries_in_order entries;
  for (const json::value& run : root.at("benchmarks").as_array()) {
    const json::object& fields = run.as_object();
    // Skip Google Benchmark's aggregates, which are recomputed from the repetitions.
    if (fields.at("run_type").as_string() != "iteration") continue;
    entry_results& entry = entries.find_or_add(std::string(fields.at("run_name").as_string()),
                                               fields.at("family_index").to_number<int>());
    if (const json::value* error = fields.if_contains("error_message")) {
      entry.error = as_text(*error);
      continue;
    }
    for (const auto& [key, value] : fields) {
      if (!value.is_number() || !is_measured(key)) continue;
      const double unit = key == "real_time" ? nanoseconds_in(fields) : 1;
      const double number = value.to_number<double>() * unit;
      if (std::isfinite(number)) entry.values[std::string(key)].push_back(number);
    }
  }
  results.entries = entries.take();
  return results;
}

}  // namespace

std::vector<std::string> parts_of_name(std::string_view name) {
  std::vector<std::string> parts = absl::StrSplit(name, '/');
  // Such as "iterations:1" and "manual_time".
  while (parts.size() > 1 &&
         (absl::StrContains(parts.back(), ':') || absl::EndsWith(parts.back(), "_time"))) {
    parts.pop_back();
  }
  return parts;
}

bool is_bookkeeping(std::string_view counter) {
  for (const std::string_view name :
       {"iterations", "samples", "comparisons", "cpu_time", "raw_ns"}) {
    if (counter == name) return true;
  }
  return absl::EndsWith(counter, "_low_ns") || absl::EndsWith(counter, "_high_ns");
}

result<program_results> parse_results(std::string_view text) {
  json::parse_options options;
  options.allow_infinity_and_nan = true;  // coefficients of variation around zero
  try {
    return read(json::parse(text, {}, options));
  } catch (const std::exception& malformed) {
    return failed(absl::StrCat("this is not Google Benchmark's JSON: ", malformed.what()));
  }
}

result<void> check_backend(const program_results& results, std::string_view backend) {
  const auto active = results.context.find("backend_active");
  if (active == results.context.end()) {
    return failed("the results do not name the active backend");
  }
  if (active->second != backend) {
    return failed(absl::StrCat("the backend ", backend, " was requested, but the results are of ",
                               active->second));
  }
  return {};
}

}  // namespace timed::bench
