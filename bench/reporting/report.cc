// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Runs the benchmark programs of every backend and prints one table:
//   bazel run //bench:report -- [--backends=epoll] [--out=FOLDER] [--filter=REGEX]
//
// Exit codes: 0; 1 if a program failed; 2 if the command line makes no sense; 130 if interrupted.

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/reporting/child_process.h"
#include "bench/reporting/plan.h"
#include "bench/reporting/progress.h"
#include "bench/reporting/results.h"
#include "bench/reporting/table.h"

ABSL_FLAG(std::vector<std::string>, backends, {}, "Backends to measure; all if empty.");
ABSL_FLAG(std::string, out, "",
          "Folder for the results; report/ in the workspace if empty. Files of an earlier run of "
          "the same programs are replaced.");
ABSL_FLAG(std::string, filter, "", "A regular expression that the entries' names have to match.");
ABSL_FLAG(int, repetitions, 6,
          "How often each entry is measured. With less than six, the intervals are not at 95 %.");
ABSL_FLAG(absl::Duration, min_time, absl::Milliseconds(80),
          "How long each repetition measures, at least.");
ABSL_FLAG(std::string, programs, "",
          "SUITE:BACKEND:PATH of each program; `bazel run` hands them over.");

namespace timed::bench {
namespace {

namespace fs = std::filesystem;

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_interrupted = 130;

struct outcome {
  program which;
  absl::StatusOr<program_results> results;
};

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Absolute, whatever folder `bazel run` has started this in.
fs::path out_folder() {
  const fs::path chosen = absl::GetFlag(FLAGS_out);
  const fs::path called_from = environment_variable("BUILD_WORKING_DIRECTORY");
  const fs::path workspace = environment_variable("BUILD_WORKSPACE_DIRECTORY");
  return fs::absolute(chosen.empty() ? workspace / "report" : called_from / chosen);
}

absl::Status make_writable(const fs::path& folder) {
  std::error_code ec;
  fs::create_directories(folder, ec);
  const fs::path probe = folder / ".writable";
  if (!ec && std::ofstream(probe).put('\n')) {
    fs::remove(probe, ec);
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "the folder ", folder.string(), " cannot be written",
      ec ? absl::StrCat(" (", ec.message(), ")") : "", "; choose another one with --out=FOLDER"));
}

// One line that is rewritten on a terminal; elsewhere one now and then.
class progress_line {
 public:
  void show(const std::string& text) {
    const absl::Time now = absl::Now();
    if (now - shown_ < (is_terminal_ ? absl::Milliseconds(100) : absl::Seconds(15))) return;
    shown_ = now;
    std::cerr << (is_terminal_ ? "\r\033[K" : "") << text << (is_terminal_ ? "" : "\n")
              << std::flush;
  }

  void finish(const std::string& text) {
    std::cerr << (is_terminal_ ? "\r\033[K" : "") << text << std::endl;
  }

 private:
  const bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  absl::Time shown_ = absl::InfinitePast();
};

std::string elapsed_text(absl::Time since) {
  return absl::StrFormat("%.0f s", absl::ToDoubleSeconds(absl::Now() - since));
}

child_options options_for(const program& which, std::vector<std::string> arguments,
                          std::function<void(const std::string&)> on_line) {
  child_options options;
  options.command = {fs::absolute(which.path).string(),
                     "--benchmark_filter=" + absl::GetFlag(FLAGS_filter)};
  options.command.insert(options.command.end(), arguments.begin(), arguments.end());
  options.environment = {{"TIMED_EXPECTED_BACKEND", which.backend}};
  options.on_line = std::move(on_line);
  return options;
}

// What a program says when it fails is what its reader needs, and it is in its last lines.
std::string tail(const std::vector<std::string>& lines) {
  constexpr std::ptrdiff_t at_most = 5;
  const auto n = std::min(std::ssize(lines), at_most);
  return absl::StrJoin(lines.end() - n, lines.end(), "\n    ");
}

// How many entries the filter leaves.
absl::StatusOr<std::size_t> count_entries(const program& which) {
  std::size_t entries = 0;
  std::vector<std::string> others;
  const auto exit =
      run_child(options_for(which, {"--benchmark_list_tests=true"}, [&](const std::string& line) {
        if (absl::StartsWith(line, which.suite + "/")) return void(++entries);
        others.push_back(line);
      }));
  if (!exit.ok()) return exit.status();
  if (entries == 0 && !exit->succeeded &&
      !absl::StrContains(absl::StrJoin(others, " "), "matches none")) {
    return absl::InternalError(absl::StrCat("it ", exit->how, ":\n    ", tail(others)));
  }
  return entries;
}

absl::StatusOr<program_results> read_results(const program& which, const fs::path& file) {
  std::ifstream input(file);
  const std::string text{std::istreambuf_iterator<char>(input), {}};
  absl::StatusOr<program_results> results = parse_results(text);
  if (!results.ok()) return results;
  if (const absl::Status status = check_backend(*results, which.backend); !status.ok()) {
    return status;
  }
  return results;
}

// Its results are called NAME.json once they are complete and known to be of the right backend.
absl::StatusOr<program_results> run_program(const program& which, std::size_t entries,
                                            const fs::path& folder, const std::string& position) {
  const fs::path partial = folder / (which.name() + ".partial");
  const int repetitions = absl::GetFlag(FLAGS_repetitions);
  const std::size_t runs = entries * static_cast<std::size_t>(repetitions);
  const absl::Time began = absl::Now();

  run_counter counter;
  progress_line progress;
  std::vector<std::string> lines;
  child_options options =
      options_for(which,
                  {
                      "--progress",
                      "--benchmark_out=" + partial.string(),
                      "--benchmark_out_format=json",
                      absl::StrFormat("--benchmark_min_time=%fs",
                                      absl::ToDoubleSeconds(absl::GetFlag(FLAGS_min_time))),
                      absl::StrCat("--benchmark_repetitions=", repetitions),
                      "--benchmark_enable_random_interleaving=true",
                  },
                  [&](const std::string& line) {
                    if (!counter.take(line)) lines.push_back(line);
                  });
  options.on_tick = [&] {
    if (counter.started() == 0) return;
    progress.show(absl::StrFormat("[%s] %s: run %d of %d, %s (%s)", position, which.name(),
                                  counter.started(), runs, elapsed_text(began), counter.entry()));
  };
  const absl::StatusOr<child_exit> exit = run_child(options);

  std::error_code ignored;
  absl::StatusOr<program_results> results = absl::UnknownError("");
  if (!exit.ok()) {
    results = exit.status();
  } else if (results = read_results(which, partial); results.ok()) {
    fs::rename(partial, folder / (which.name() + ".json"), ignored);
    if (ignored) results = absl::InternalError(ignored.message());
  } else if (!exit->succeeded) {
    results = absl::InternalError(absl::StrCat("it ", exit->how, ":\n    ", tail(lines)));
  }
  fs::remove(partial, ignored);
  progress.finish(absl::StrFormat("[%s] %s: %s, %s", position, which.name(),
                                  interrupted()   ? "interrupted"
                                  : !results.ok() ? "FAILED"
                                                  : absl::StrCat(runs, " runs"),
                                  elapsed_text(began)));
  return results;
}

std::string table_of(const outcome& each) {
  const auto table = each.which.suite == "write_latency"      ? write_latency_table
                     : each.which.suite == "timeout_overhead" ? timeout_overhead_table
                     : each.which.suite == "round_trip"       ? round_trip_table
                     : each.which.suite == "echo_cpu"         ? echo_cpu_table
                                                              : expiry_storm_table;
  return table(each.which.backend, *each.results);
}

bool has_failed_entry(const program_results& results) {
  return std::any_of(results.entries.begin(), results.entries.end(),
                     [](const entry_results& entry) { return !entry.error.empty(); });
}

std::string report_text(const std::vector<outcome>& outcomes) {
  std::string text;
  std::map<std::string, std::string> backends;
  std::map<std::string, const program_results*> of_echo_cpu;
  const program_results* any = nullptr;
  for (const outcome& each : outcomes) {
    if (!each.results.ok()) continue;
    any = &*each.results;
    const auto liburing = any->context.find("liburing_version");
    backends[each.which.backend] =
        absl::StrCat("active: ", any->context.find("backend_active")->second,
                     "; liburing: ", liburing == any->context.end() ? "unknown" : liburing->second);
    absl::StrAppend(&text, table_of(each), "\n");
    if (each.which.suite == "echo_cpu") of_echo_cpu[each.which.backend] = any;
  }
  if (any == nullptr) return "";
  const std::string comparison = echo_cpu_comparison(of_echo_cpu);
  if (!comparison.empty()) absl::StrAppend(&text, comparison, "\n");
  absl::StrAppend(&text, environment_block(*any));
  for (const auto& [backend, description] : backends) {
    absl::StrAppendFormat(&text, "  %-20s%s\n", absl::StrCat("on ", backend), description);
  }
  return text;
}

// What to say on the command line to measure all but this backend.
std::string without(const std::vector<program>& programs, std::string_view backend) {
  std::vector<std::string> others;
  for (const program& each : programs) {
    if (each.backend == backend) continue;
    if (std::find(others.begin(), others.end(), each.backend) == others.end()) {
      others.push_back(each.backend);
    }
  }
  if (others.empty()) return "";
  return absl::StrCat("\n    --backends=", absl::StrJoin(others, ","), " leaves it out.");
}

int usage_error(std::string_view message) {
  std::cerr << "error: " << message << '\n';
  return exit_usage;
}

int run() {
  const auto programs = parse_programs(absl::GetFlag(FLAGS_programs));
  if (!programs.ok()) return usage_error(programs.status().message());
  if (programs->empty()) {
    return usage_error(
        "the programs to run are not known. Run this by `bazel run //bench:report` (or "
        "`tools/bazelw run //bench:report`), which builds them and hands them over.");
  }
  const auto selected = select_backends(*programs, absl::GetFlag(FLAGS_backends));
  if (!selected.ok()) return usage_error(selected.status().message());
  if (absl::GetFlag(FLAGS_repetitions) < 1) return usage_error("--repetitions: at least 1");
  if (absl::GetFlag(FLAGS_min_time) <= absl::ZeroDuration()) {
    return usage_error("--min_time: more than 0, such as 100ms");
  }
  const fs::path folder = out_folder();
  if (const absl::Status status = make_writable(folder); !status.ok()) {
    return usage_error(status.message());
  }

  catch_interrupts();
  const absl::Time began = absl::Now();
  std::vector<outcome> outcomes;
  bool matched = false;
  for (std::size_t i = 0; i < selected->size() && !interrupted(); ++i) {
    const program& which = (*selected)[i];
    std::error_code ignored;
    fs::remove(folder / (which.name() + ".json"), ignored);
    const absl::StatusOr<std::size_t> entries = count_entries(which);
    if (!entries.ok()) {
      matched = true;
      outcomes.push_back({which, entries.status()});
      continue;
    }
    if (*entries == 0) continue;
    matched = true;
    const std::string position = absl::StrCat(i + 1, "/", selected->size());
    outcomes.push_back({which, run_program(which, *entries, folder, position)});
  }
  if (!matched && !interrupted()) {
    return usage_error(absl::StrCat("--filter=", absl::GetFlag(FLAGS_filter),
                                    " matches no entry; they are called like "
                                    "write_latency/tcp/64/timed and "
                                    "timeout_overhead/async_write/1000/timed"));
  }

  const std::string text = report_text(outcomes);
  std::cout << '\n' << text << std::flush;
  if (!text.empty()) {
    std::ofstream(folder / "report.txt") << text;
    std::cout << "\nThe results are in " << folder.string()
              << ": report.txt, and as JSON for Google "
              << "Benchmark's tools/compare.py";
    for (const outcome& each : outcomes) {
      if (each.results.ok()) std::cout << ' ' << each.which.name() << ".json";
    }
    std::cout << ". All took " << elapsed_text(began) << ".\n" << std::flush;
  }

  bool failed = false;
  for (const outcome& each : outcomes) {
    if (each.results.ok() && !has_failed_entry(*each.results)) continue;
    if (absl::IsCancelled(each.results.status())) continue;
    failed = true;
    std::cerr << "error: " << each.which.name() << ": "
              << (each.results.ok() ? "entries of it failed; the table says why"
                                    : each.results.status().message())
              << without(*selected, each.which.backend) << '\n';
  }
  if (interrupted()) {
    std::cerr << "interrupted: what is above is of the programs that had ended; the one that was "
                 "running left no results\n";
    return exit_interrupted;
  }
  return failed ? exit_failed : 0;
}

}  // namespace
}  // namespace timed::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "runs the benchmarks on every backend and prints one table.\n"
      "  bazel run //bench:report -- --backends=epoll --filter=tcp/64/");
  const std::vector<char*> positional = absl::ParseCommandLine(argc, argv);
  if (positional.size() > 1) {
    return timed::bench::usage_error(
        absl::StrCat("\"", positional[1], "\" is not an option; see --help"));
  }
  return timed::bench::run();
}
