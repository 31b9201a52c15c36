// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Runs the benchmark programs of every backend, prints their tables and writes a page:
//   bazel run //bench:report -- [--full] [--compare=OLD.json] [--filter=REGEX] [--backends=epoll]
//
// Exit codes: 0; 1 if a program failed; 2 if the command line is invalid; 130 if interrupted.

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "bench/reporting/child_process.h"
#include "bench/reporting/comparisons.h"
#include "bench/reporting/flags.h"
#include "bench/reporting/measure.h"
#include "bench/reporting/page.h"
#include "bench/reporting/plan.h"
#include "bench/reporting/plots.h"
#include "bench/reporting/progress.h"
#include "bench/reporting/report_data.h"
#include "bench/reporting/result.h"
#include "bench/reporting/table.h"

namespace timed::bench {
namespace {

namespace fs = std::filesystem;

report_flags flags;  // set once, by main()

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_interrupted = 130;

constexpr int quick_rounds = 9;
constexpr int full_rounds = 10;         // even, for as many forward as backward rounds
constexpr double quick_budget_s = 165;  // three minutes without the time for the page

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Resolves a path relative to the folder in which `bazel run` was called.
fs::path as_called(const std::string& path) {
  return fs::absolute(fs::path(environment_variable("BUILD_WORKING_DIRECTORY")) / path);
}

fs::path workspace() {
  return environment_variable("BUILD_WORKSPACE_DIRECTORY");
}

fs::path out_folder() {
  const std::string chosen = flags.out;
  return chosen.empty() ? fs::absolute(workspace() / "report") : as_called(chosen);
}

result<void> make_writable(const fs::path& folder) {
  std::error_code ec;
  fs::create_directories(folder, ec);
  const fs::path probe = folder / ".writable";
  if (!ec && std::ofstream(probe).put('\n')) {
    fs::remove(probe, ec);
    return {};
  }
  return failed(absl::StrCat("the folder ", folder.string(), " cannot be written",
                             ec ? absl::StrCat(" (", ec.message(), ")") : "",
                             "; choose another one with --out=FOLDER"));
}

// Returns the one line that a command prints; empty if it fails.
std::string output_of(std::vector<std::string> command) {
  std::string output;
  child_options options;
  options.command = std::move(command);
  options.on_line = [&](const std::string& line) { output += line; };
  const auto exit = run_child(options);
  return exit.has_value() && exit->succeeded ? output : "";
}

std::string commit() {
  if (workspace().empty()) return "";
  const auto git = [](std::vector<std::string> arguments) {
    std::vector<std::string> command = {"/usr/bin/env", "git", "-C", workspace().string()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return output_of(command);
  };
  const std::string hash = git({"rev-parse", "--short=12", "HEAD"});
  if (hash.empty()) return "";
  return hash +
         (git({"status", "--porcelain", "--untracked-files=no"}).empty() ? "" : ", modified");
}

// Returns the command line that reproduces the report.
std::string command_line() {
  std::string text = "tools/bazelw run //bench:report --";
  absl::StrAppend(&text, flags.full ? " --full" : " --quick");
  if (const auto filter = flags.filter; !filter.empty()) {
    absl::StrAppend(&text, " --filter='", absl::StrReplaceAll(filter, {{"'", R"('\'')"}}), "'");
  }
  if (const auto backends = flags.backends; !backends.empty()) {
    absl::StrAppend(&text, " --backends=", absl::StrJoin(backends, ","));
  }
  if (const auto rounds = flags.repetitions) {
    absl::StrAppend(&text, " --repetitions=", *rounds);
  }
  if (!flags.min_time.empty()) absl::StrAppend(&text, " --min_time=", flags.min_time);
  if (const auto earlier = flags.compare; !earlier.empty()) {
    absl::StrAppend(&text, " --compare=", fs::path(earlier).filename().string());
  }
  return text;
}

result<measure_options> options_from_flags() {
  const bool full = flags.full;
  if (full && flags.quick) {
    return failed("--quick and --full: choose one of them");
  }
  measure_options options{.quick = !full, .filter = flags.filter, .folder = {}};
  const std::optional<int> rounds = flags.repetitions;
  if (rounds && *rounds < 1) return failed("--repetitions: at least 1");
  options.rounds = static_cast<std::size_t>(rounds.value_or(full ? full_rounds : quick_rounds));
  if (flags.min_time_s && *flags.min_time_s <= 0) {
    return failed("--min_time: more than 0, such as 100ms");
  }
  options.min_time_s = flags.min_time_s.value_or(full ? 0.02 : 0.01);
  options.budget_s = full || rounds ? 0 : quick_budget_s;
  options.folder = out_folder();
  return options;
}

// Lists what --quick or the filter leave out, by suite, and what the programs leave out.
std::vector<std::string> describe_left_out(const std::vector<selected_program>& all,
                                           const measure_options& options) {
  struct counts {
    std::size_t left_out = 0;
    std::size_t all = 0;
  };
  std::map<std::string, counts> by_suite;
  for (const selected_program& selected : all) {
    counts& count = by_suite[selected.which.suite];
    count.left_out += selected.entries_left_out;
    count.all += selected.entries_left_out + selected.entries.size();
  }
  std::vector<std::string> texts;
  const std::string_view reason = options.filter.empty() ? "--quick" : "--filter";
  for (const auto& [suite, counted] : by_suite) {
    if (counted.left_out == 0) continue;
    texts.push_back(counted.left_out == counted.all
                        ? absl::StrFormat("%s, all %d entries (by %s)", suite, counted.all, reason)
                        : absl::StrFormat("%s, %d of %d entries (by %s)", suite, counted.left_out,
                                          counted.all, reason));
  }
  for (const selected_program& selected : all) {
    texts.insert(texts.end(), selected.left_out.begin(), selected.left_out.end());
  }
  return texts;
}

std::vector<std::string> names_of_entries(const std::vector<selected_program>& programs) {
  std::vector<std::string> names;
  for (const selected_program& selected : programs) {
    for (const std::string& entry : selected.entries) {
      names.push_back(absl::StrCat(selected.which.backend, " ", entry));
    }
  }
  return names;
}

// Adds plots, or why there are none.
void add_plots(const report_data& data, const fs::path& folder, page_input& page) {
  const std::string gnuplot = find_gnuplot();
  if (gnuplot.empty()) {
    page.plots_missing =
        "There are no plots: gnuplot is not installed where this has run (on Debian: apt-get "
        "install gnuplot-nox).";
    return;
  }
  std::size_t drawn = 0;
  for (const std::string& suite : data.suites()) {
    for (const plot& each : plots_of(data, suite)) {
      const auto svg = draw(each, gnuplot, folder.string(), absl::StrCat("plot_", ++drawn));
      if (svg.has_value()) {
        page.plots[suite].push_back(*svg);
      } else {
        page.plots_missing = absl::StrCat("Some plots are missing: ", svg.error().message);
      }
    }
  }
}

// Writes a file atomically: the old one may be the only result of a long run.
bool write_file(const fs::path& path, const std::string& text) {
  const fs::path partial = path.string() + ".partial";
  std::ofstream file(partial);
  file << text;
  file.close();
  std::error_code ec;
  if (file) fs::rename(partial, path, ec);
  if (file && !ec) return true;
  std::cerr << "error: " << path.string() << " cannot be written"
            << (ec ? " (" + ec.message() + ")" : "") << '\n';
  fs::remove(partial, ec);
  return false;
}

constexpr std::string_view kept_earlier_run = "report.old.json";

// Renames the earlier run's file if this run replaces it.
// @param earlier Path of the earlier run's file.
// @return Whether the earlier run's file still exists.
bool keep_earlier_run(const fs::path& replaced, std::string& earlier) {
  std::error_code ec;
  if (earlier.empty() || !fs::equivalent(as_called(earlier), replaced, ec)) return true;
  fs::rename(replaced, replaced.parent_path() / kept_earlier_run, ec);
  if (ec) {
    std::cerr << "error: " << earlier << " is replaced: it cannot be kept as " << kept_earlier_run
              << " (" << ec.message() << ")\n";
    return false;
  }
  earlier = kept_earlier_run;
  return true;
}

// @return Whether all files could be written.
bool write_all(const report_data& data, const std::optional<report_data>& earlier,
               const fs::path& folder) {
  const std::string from = flags.from;
  std::string earlier_path = flags.compare;
  bool written = true;
  // With --from, the report.json in the folder may be of another run.
  if (from.empty()) {
    // First, so that no later failure, such as a closed pipe, loses what was measured.
    written = keep_earlier_run(folder / "report.json", earlier_path);
    written = write_file(folder / "report.json", to_json(data)) && written;
  }
  std::optional<changes> against;
  if (earlier) against = compare_with(*earlier, data);
  const std::string text = report_text(data, against ? &*against : nullptr);
  page_input page{.data = data,
                  .against = against ? &*against : nullptr,
                  .against_path = earlier_path,
                  .values_path = from.empty() ? "report.json beside it" : from,
                  .plots = {},
                  .plots_missing = {}};
  add_plots(data, folder, page);
  written = write_file(folder / "report.txt", text) && written;
  written = write_file(folder / "report.html", make_page(page)) && written;
  std::cout << '\n' << text << std::flush;
  if (!page.plots_missing.empty()) std::cerr << "note: " << page.plots_missing << '\n';
  if (written) {
    std::string values = from.empty() ? "report.json, for a later run's --compare"
                                      : from + ": no report.json was written";
    if (earlier_path == kept_earlier_run) {
      absl::StrAppend(&values, "; those of the earlier run are kept in ", kept_earlier_run);
    }
    std::cout << "\nThe page is " << (folder / "report.html").string()
              << "; the table above is in report.txt, and the values of all rounds are in "
              << values << ". The run took " << duration_text(data.took_s) << ".\n"
              << std::flush;
  }
  return written;
}

// Returns a hint at the option that leaves out a backend.
std::string hint_without(const std::vector<program>& programs, std::string_view backend) {
  std::vector<std::string> others;
  for (const program& program : programs) {
    if (program.backend == backend) continue;
    if (std::find(others.begin(), others.end(), program.backend) == others.end()) {
      others.push_back(program.backend);
    }
  }
  if (others.empty()) return "";
  return absl::StrCat("\n    --backends=", absl::StrJoin(others, ","), " leaves it out.");
}

// @return Whether anything failed.
bool print_failures(const report_data& data, const std::vector<program>& programs) {
  bool failed = false;
  for (const measured_program& program : data.programs) {
    const bool of_entries =
        std::any_of(program.entries.begin(), program.entries.end(),
                    [](const measured_entry& entry) { return !entry.error.empty(); });
    if (program.failure.empty() && !of_entries) continue;
    failed = true;
    std::cerr << "error: " << program.name() << ": "
              << (program.failure.empty() ? "some of its entries failed; the table has the errors"
                                          : program.failure)
              << hint_without(programs, program.backend) << '\n';
  }
  return failed;
}

std::string date_text(std::chrono::system_clock::time_point when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm date{};
  ::gmtime_r(&seconds, &date);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &date);
  return text.data();
}

int usage_error(std::string_view message) {
  std::cerr << "error: " << message << '\n';
  return exit_usage;
}

// Reads the run that a flag names, if any.
result<std::optional<report_data>> read_if_given(std::string_view flag, const std::string& path) {
  if (path.empty()) return std::nullopt;
  auto read = read_report(as_called(path).string());
  if (read.has_value()) return *std::move(read);
  return failed(absl::StrCat(flag, ": ", read.error().message));
}

int show_again(const report_data& data, const std::optional<report_data>& earlier,
               const fs::path& folder) {
  if (earlier) {
    std::vector<std::string> entries;
    for (const measured_program& program : data.programs) {
      for (const measured_entry& entry : program.entries) {
        entries.push_back(absl::StrCat(program.backend, " ", entry.full_name()));
      }
    }
    const result<void> common = check_common_entries(*earlier, flags.compare, entries);
    if (!common.has_value())
      return usage_error(absl::StrCat("--compare: ", common.error().message));
  }
  return write_all(data, earlier, folder) ? 0 : exit_failed;
}

// Returns whether the options may need programs that only the full target has.
bool needs_full_target() {
  return !flags.full_target.empty() && (flags.full || !flags.filter.empty());
}

// Replaces this process by a `bazel run` of the target with all programs.
// @return Only if that fails.
int run_full_target(const std::vector<std::string>& arguments) {
  const std::string target = flags.full_target;
  std::vector<std::string> command = {(workspace() / "tools/bazelw").string(), "run", target, "--"};
  for (const std::string& argument : arguments) {
    if (absl::StartsWith(argument, "--programs=") || absl::StartsWith(argument, "--full_target="))
      continue;
    command.push_back(argument);
  }
  std::cerr << "--full and --filter may need programs that are not built yet (building them once "
               "takes some minutes): running "
            << target << " instead\n";
  std::error_code ec;
  fs::current_path(as_called(""), ec);
  std::vector<char*> words;
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  ::execv(words[0], words.data());
  std::cerr << "error: " << command[0] << " cannot be run (" << std::strerror(errno)
            << "); call `bazel run " << target << "` with the same arguments\n";
  return exit_failed;
}

int run(const std::vector<std::string>& arguments) {
  const auto earlier = read_if_given("--compare", flags.compare);
  if (!earlier.has_value()) return usage_error(earlier.error().message);
  const auto shown = read_if_given("--from", flags.from);
  if (!shown.has_value()) return usage_error(shown.error().message);
  if (*shown) {
    const result<void> writable = make_writable(out_folder());
    if (!writable.has_value()) return usage_error(writable.error().message);
    return show_again(**shown, *earlier, out_folder());
  }
  const auto programs = parse_programs(flags.programs);
  if (!programs.has_value()) return usage_error(programs.error().message);
  if (programs->empty()) {
    return usage_error(
        "no programs were given. Run `bazel run //bench:report` (or `tools/bazelw run "
        "//bench:report`), which builds them and passes their paths.");
  }
  const auto selected = select_backends(*programs, flags.backends);
  if (!selected.has_value()) return usage_error(selected.error().message);
  const auto options = options_from_flags();
  if (!options.has_value()) return usage_error(options.error().message);
  if (const result<void> status = make_writable(options->folder); !status.has_value()) {
    return usage_error(status.error().message);
  }
  if (needs_full_target()) return run_full_target(arguments);

  catch_interrupts();
  const auto began = std::chrono::system_clock::now();
  auto with_entries = select_entries(*selected, *options);
  if (with_entries.error().is_interrupt) {
    std::cerr << "interrupted: nothing was measured\n";
    return exit_interrupted;
  }
  if (!with_entries.has_value()) return usage_error(with_entries.error().message);
  if (*earlier) {
    const result<void> common =
        check_common_entries(**earlier, flags.compare, names_of_entries(*with_entries));
    if (!common.has_value())
      return usage_error(absl::StrCat("--compare: ", common.error().message));
  }

  report_data data{.date = date_text(began),
                   .commit = commit(),
                   .command = command_line(),
                   .mode = options->quick ? "quick" : "full",
                   .stopped = {},
                   .interrupted = false,
                   .rounds_planned = options->rounds,
                   .min_time_s = options->min_time_s,
                   .left_out = describe_left_out(*with_entries, *options),
                   .programs = {}};
  std::erase_if(*with_entries, [](const selected_program& program) {
    return program.entries.empty() && program.failure.empty();
  });
  measure(*with_entries, *options, data);
  data.interrupted = !data.stopped.empty() && interrupted();
  data.took_s = std::chrono::duration<double>(std::chrono::system_clock::now() - began).count();

  const bool measured =
      std::any_of(data.programs.begin(), data.programs.end(),
                  [](const measured_program& program) { return !program.rounds.empty(); });
  bool failed = measured && !write_all(data, *earlier, options->folder);
  failed = print_failures(data, *selected) || failed;
  if (!measured) std::cerr << "nothing was measured, so nothing was written\n";
  if (interrupted()) {
    std::cerr << "interrupted";
    if (measured) {
      std::cerr << ": the output above and the page cover the programs that had ended before";
    }
    std::cerr << '\n';
    return exit_interrupted;
  }
  return failed ? exit_failed : 0;
}

}  // namespace
}  // namespace timed::bench

int main(int argc, char** argv) {
  using namespace timed::bench;
  auto parsed = parse_flags(argc, argv);
  if (!parsed.has_value()) return usage_error(parsed.error().message);
  flags = *std::move(parsed);
  if (flags.help) {
    std::cout << usage();
    return 0;
  }
  return run({argv + 1, argv + argc});
}
