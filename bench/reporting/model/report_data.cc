// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/model/report_data.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "bench/harness/statistics.h"
#include "bench/reporting/model/result.h"
#include "bench/reporting/model/results.h"
#include "bench/reporting/model/suites.h"

namespace timed::bench {
namespace {

namespace json = boost::json;

constexpr std::string_view format_name = "timed_stream benchmark report";
constexpr double none = std::numeric_limits<double>::quiet_NaN();

// Adds one value for the round, even if the process repeated the entry.
void add_values(measured_entry& entry, std::size_t round, const entry_results& from) {
  if (!from.error.empty()) {
    entry.error = from.error;
    return;
  }
  for (const auto& [counter, values] : from.values) {
    std::vector<double>& all = entry.values[counter];
    all.resize(round, none);
    all.push_back(median(values));
  }
}

// Writes each row on a line, so that two files can be compared with diff.
template <class Rows, class Write>
std::string lines_of(const Rows& rows, const Write& write) {
  return absl::StrCat(
      "[\n",
      absl::StrJoin(rows, ",\n",
                    [&](std::string* out, const auto& row) { absl::StrAppend(out, write(row)); }),
      "\n]");
}

// Five digits: more are noise, and would double the size of the file.
std::string numbers(const std::vector<double>& values) {
  const auto append = [](std::string* out, double number) {
    absl::StrAppend(out, std::isnan(number) ? "null" : absl::StrFormat("%.5g", number));
  };
  return absl::StrCat("[", absl::StrJoin(values, ",", append), "]");
}

template <class Texts>
json::array texts(const Texts& values) {
  json::array all;
  for (const std::string& text : values) all.push_back(json::value(text));
  return all;
}

json::object texts_by_key(const text_map& values) {
  json::object all;
  for (const auto& [key, value] : values) all[key] = value;
  return all;
}

std::string entry_to_json(const measured_entry& entry) {
  const auto append = [](std::string* out, const auto& counter) {
    absl::StrAppend(out, json::serialize(json::string(counter.first)), ":",
                    numbers(counter.second));
  };
  std::string error;
  if (!entry.error.empty()) {
    error = absl::StrCat(",\"error\":", json::serialize(json::string(entry.error)));
  }
  return absl::StrCat("{\"name\":", json::serialize(texts(entry.name)), ",\"values\":{",
                      absl::StrJoin(entry.values, ",", append), "}", error, "}");
}

std::string round_to_json(const measured_round& round) {
  return json::serialize(json::object{{"round", round.round},
                                      {"wall_s", round.load.wall_s},
                                      {"cpu_s", round.load.cpu_s},
                                      {"others_cpu_s", round.load.others_cpu_s},
                                      {"interrupts_s", round.load.interrupts_s},
                                      {"steal_s", round.load.steal_s},
                                      {"involuntary_switches", round.load.involuntary_switches},
                                      {"throttled_periods", round.load.throttled_periods},
                                      {"thermal_throttles", round.load.thermal_throttles}});
}

std::string program_to_json(const measured_program& program) {
  return absl::StrCat(R"({"suite":)", json::serialize(json::value(program.suite)), R"(,"backend":)",
                      json::serialize(json::value(program.backend)), R"(,"failure":)",
                      json::serialize(json::value(program.failure)),
                      ",\n\"context\":", json::serialize(texts_by_key(program.context)),
                      ",\n\"rounds\":", lines_of(program.rounds, round_to_json),
                      ",\n\"entries\":", lines_of(program.entries, entry_to_json), "}");
}

std::string text_of(const json::value& value) {
  return std::string(value.as_string());
}

std::vector<std::string> texts_of(const json::value& value) {
  std::vector<std::string> all;
  for (const json::value& item : value.as_array()) all.push_back(text_of(item));
  return all;
}

measured_entry entry_from_json(const json::value& value) {
  measured_entry entry;
  entry.name = texts_of(value.at("name"));
  if (entry.name.size() < 2) throw std::runtime_error("an entry's name has no contender");
  for (const auto& [counter, values] : value.at("values").as_object()) {
    std::vector<double>& all = entry.values[std::string(counter)];
    for (const json::value& number : values.as_array()) {
      all.push_back(number.is_null() ? none : number.to_number<double>());
    }
  }
  if (const json::value* error = value.as_object().if_contains("error")) {
    entry.error = text_of(*error);
  }
  return entry;
}

measured_round round_from_json(const json::value& value) {
  const auto number = [&](std::string_view key) { return value.at(key).to_number<double>(); };
  const json::value* interrupts = value.as_object().if_contains("interrupts_s");
  return {.round = value.at("round").to_number<std::size_t>(),
          .load = {.wall_s = number("wall_s"),
                   .cpu_s = number("cpu_s"),
                   .others_cpu_s = number("others_cpu_s"),
                   // Absent in the first files.
                   .interrupts_s = interrupts == nullptr ? 0 : interrupts->to_number<double>(),
                   .steal_s = number("steal_s"),
                   .involuntary_switches = number("involuntary_switches"),
                   .throttled_periods = number("throttled_periods"),
                   .thermal_throttles = number("thermal_throttles")}};
}

measured_program program_from_json(const json::value& value) {
  measured_program program;
  program.suite = text_of(value.at("suite"));
  program.backend = text_of(value.at("backend"));
  program.failure = text_of(value.at("failure"));
  for (const auto& [key, text] : value.at("context").as_object()) {
    program.context[std::string(key)] = text_of(text);
  }
  for (const json::value& round : value.at("rounds").as_array()) {
    program.rounds.push_back(round_from_json(round));
  }
  for (const json::value& entry : value.at("entries").as_array()) {
    program.entries.push_back(entry_from_json(entry));
  }
  return program;
}

report_data data_from_json(const json::value& root) {
  report_data data;
  data.date = text_of(root.at("date"));
  data.commit = text_of(root.at("commit"));
  data.command = text_of(root.at("command"));
  data.mode = text_of(root.at("mode"));
  data.stopped = text_of(root.at("stopped"));
  // Absent in the first files.
  const json::value* interrupted = root.as_object().if_contains("interrupted");
  data.interrupted = interrupted != nullptr && interrupted->as_bool();
  data.rounds_planned = root.at("rounds_planned").to_number<std::size_t>();
  data.min_time_s = root.at("min_time_s").to_number<double>();
  data.took_s = root.at("took_s").to_number<double>();
  data.left_out = texts_of(root.at("left_out"));
  for (const json::value& program : root.at("programs").as_array()) {
    data.programs.push_back(program_from_json(program));
  }
  return data;
}

constexpr std::string_view how_to_make_one =
    "a run of bench:report writes one, report.json, into its --out folder";

template <class Get>
std::vector<std::string> distinct(const std::vector<measured_program>& programs, const Get& get) {
  std::vector<std::string> all;
  for (const measured_program& program : programs) {
    if (std::find(all.begin(), all.end(), get(program)) == all.end()) all.push_back(get(program));
  }
  return all;
}

}  // namespace

std::string measured_entry::full_name() const {
  return absl::StrJoin(name, "/");
}

std::string measured_entry::group() const {
  return absl::StrJoin(name.begin(), std::prev(name.end()), "/");
}

std::vector<double> measured_entry::samples(std::string_view counter) const {
  std::vector<double> all;
  if (const auto found = values.find(counter); found != values.end()) {
    std::copy_if(found->second.begin(), found->second.end(), std::back_inserter(all),
                 [](double value) { return std::isfinite(value); });
  }
  return all;
}

const measured_entry* measured_program::find(std::string_view full_name) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const measured_entry& entry) {
    return entry.full_name() == full_name;
  });
  return found == entries.end() ? nullptr : &*found;
}

void measured_program::add_round(std::size_t round, const process_load& load,
                                 const program_results& results) {
  if (rounds.empty()) context = results.context;
  rounds.push_back({round, load});
  for (const entry_results& from : results.entries) {
    const auto same = [&](const measured_entry& entry) { return entry.name == from.name; };
    auto entry = std::find_if(entries.begin(), entries.end(), same);
    if (entry == entries.end()) {
      entries.push_back({.name = from.name, .values = {}, .error = {}});
      entry = std::prev(entries.end());
    }
    add_values(*entry, round, from);
  }
}

std::size_t report_data::rounds_complete() const {
  std::size_t least = rounds_planned;
  bool any = false;
  for (const measured_program& program : programs) {
    if (!program.failure.empty()) continue;
    any = true;
    least = std::min(least, program.rounds.size());
  }
  return any ? least : 0;
}

const measured_program* report_data::find(std::string_view suite, std::string_view backend) const {
  for (const measured_program& program : programs) {
    if (program.suite == suite && program.backend == backend) return &program;
  }
  return nullptr;
}

std::vector<std::string> report_data::suites() const {
  std::vector<std::string> all =
      distinct(programs, [](const measured_program& program) { return program.suite; });
  std::stable_sort(all.begin(), all.end(), [](const std::string& a, const std::string& b) {
    return place_of_suite(a) < place_of_suite(b);
  });
  return all;
}

std::vector<std::string> report_data::backends() const {
  return distinct(programs, [](const measured_program& program) { return program.backend; });
}

std::string to_json(const report_data& data) {
  const json::object head{{"format", format_name},
                          {"format_version", report_format_version},
                          {"date", data.date},
                          {"commit", data.commit},
                          {"command", data.command},
                          {"mode", data.mode},
                          {"stopped", data.stopped},
                          {"interrupted", data.interrupted},
                          {"rounds_planned", data.rounds_planned},
                          {"min_time_s", data.min_time_s},
                          {"took_s", data.took_s},
                          {"left_out", texts(data.left_out)}};
  std::string text = json::serialize(head);
  text.pop_back();
  return absl::StrCat(text, ",\n\"programs\":[\n",
                      absl::StrJoin(data.programs, ",\n",
                                    [](std::string* out, const measured_program& program) {
                                      absl::StrAppend(out, program_to_json(program));
                                    }),
                      "\n]}\n");
}

result<report_data> report_from_json(std::string_view text) {
  try {
    const json::value root = json::parse(text);
    const json::object* fields = root.if_object();
    const json::value* format = fields == nullptr ? nullptr : fields->if_contains("format");
    if (format == nullptr || !format->is_string() || format->get_string() != format_name) {
      return failed(absl::StrCat("it is JSON, but not a report: ", how_to_make_one));
    }
    const int version = root.at("format_version").to_number<int>();
    if (version != report_format_version) {
      return failed(absl::StrCat(
          "it is a report of format version ", version, ", and this program reads version ",
          report_format_version,
          ": measure the older commit again with this version's bench/reporting, or compare with "
          "the version that wrote it"));
    }
    return data_from_json(root);
  } catch (const std::exception& malformed) {
    return failed(
        absl::StrCat("it is not a complete report (", malformed.what(), "): ", how_to_make_one));
  }
}

result<report_data> read_report(const std::string& path) {
  errno = 0;
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file || text.empty()) {
    return failed(absl::StrCat(path, " cannot be read (",
                               errno == 0 ? "it is empty" : std::strerror(errno), "); ",
                               how_to_make_one));
  }
  result<report_data> data = report_from_json(text);
  if (!data.has_value()) {
    return failed(absl::StrCat(path, ": ", data.error().message));
  }
  return data;
}

}  // namespace timed::bench
