// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// main() of bench:report: its command line.
//
// Exit codes: 0; 1 if a program failed; 2 if the command line is invalid; 130 if interrupted.

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/flags.h"
#include "bench/reporting/model/report_data.h"
#include "bench/reporting/model/result.h"
#include "bench/reporting/output.h"
#include "bench/reporting/run/child_process.h"
#include "bench/reporting/run/measure.h"
#include "bench/reporting/run/plan.h"
#include "bench/reporting/workspace.h"

namespace timed::bench {
namespace {

namespace fs = std::filesystem;

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_interrupted = 130;

constexpr int quick_rounds = 9;
constexpr int full_rounds = 10;         // even, for as many forward as backward rounds
constexpr double quick_budget_s = 165;  // three minutes without the time for the page

int usage_error(std::string_view message) {
  std::cerr << "error: " << message << '\n';
  return exit_usage;
}

// Returns the command line that reproduces the report.
std::string command_line(const report_flags& flags) {
  std::string text = "tools/bazelw run //bench:report --";
  absl::StrAppend(&text, flags.full ? " --full" : " --quick");
  if (!flags.filter.empty()) {
    absl::StrAppend(&text, " --filter='", absl::StrReplaceAll(flags.filter, {{"'", R"('\'')"}}),
                    "'");
  }
  if (!flags.backends.empty()) {
    absl::StrAppend(&text, " --backends=", absl::StrJoin(flags.backends, ","));
  }
  if (!flags.client_host.empty()) absl::StrAppend(&text, " --client_host=", flags.client_host);
  if (flags.repetitions) absl::StrAppend(&text, " --repetitions=", *flags.repetitions);
  if (!flags.min_time.empty()) absl::StrAppend(&text, " --min_time=", flags.min_time);
  if (!flags.compare.empty()) {
    absl::StrAppend(&text, " --compare=", fs::path(flags.compare).filename().string());
  }
  return text;
}

result<measure_options> options_from(const report_flags& flags) {
  if (flags.full && flags.quick) return failed("--quick and --full: choose one of them");
  if (flags.repetitions && *flags.repetitions < 1) return failed("--repetitions: at least 1");
  if (flags.min_time_s && *flags.min_time_s <= 0) {
    return failed("--min_time: more than 0, such as 100ms");
  }
  const int rounds = flags.repetitions.value_or(flags.full ? full_rounds : quick_rounds);
  return measure_options{.quick = !flags.full,
                         .filter = flags.filter,
                         .client_host = flags.client_host,
                         .rounds = static_cast<std::size_t>(rounds),
                         .min_time_s = flags.min_time_s.value_or(flags.full ? 0.02 : 0.01),
                         .budget_s = flags.full || flags.repetitions ? 0 : quick_budget_s,
                         .folder = out_folder(flags.out)};
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
  for (const auto& [suite, count] : by_suite) {
    if (count.left_out == 0) continue;
    const std::string which = count.left_out == count.all
                                  ? absl::StrCat("all ", count.all)
                                  : absl::StrFormat("%d of %d", count.left_out, count.all);
    texts.push_back(absl::StrCat(suite, ", ", which, " entries (by ", reason, ")"));
  }
  for (const selected_program& selected : all) {
    texts.insert(texts.end(), selected.left_out.begin(), selected.left_out.end());
  }
  return texts;
}

std::string date_text(std::chrono::system_clock::time_point when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm date{};
  ::gmtime_r(&seconds, &date);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &date);
  return text.data();
}

// Reads the run that a flag names, if any.
result<std::optional<report_data>> read_if_given(std::string_view flag, const std::string& path) {
  if (path.empty()) return std::nullopt;
  auto read = read_report(as_called(path).string());
  if (read.has_value()) return *std::move(read);
  return failed(absl::StrCat(flag, ": ", read.error().message));
}

// @return An error if there is an earlier run without any of these entries.
result<void> check_comparable(const std::optional<report_data>& earlier, const report_flags& flags,
                              const std::vector<std::string>& entries) {
  if (!earlier) return {};
  const result<void> common = check_common_entries(*earlier, flags.compare, entries);
  if (common.has_value()) return {};
  return failed(absl::StrCat("--compare: ", common.error().message));
}

// With --from: shows an earlier run.
int show(const report_data& data, const std::optional<report_data>& earlier,
         const report_flags& flags) {
  std::vector<std::string> entries;
  for (const measured_program& program : data.programs) {
    for (const measured_entry& entry : program.entries) {
      entries.push_back(absl::StrCat(program.backend, " ", entry.full_name()));
    }
  }
  const fs::path folder = out_folder(flags.out);
  for (const result<void>& status :
       {make_writable(folder), check_comparable(earlier, flags, entries)}) {
    if (!status.has_value()) return usage_error(status.error().message);
  }
  const output_options options{
      .folder = folder, .from = flags.from, .compare = flags.compare, .markdown = flags.markdown};
  return write_report(data, earlier, options) ? 0 : exit_failed;
}

// Measures, and writes the report.
int measure_and_report(std::vector<selected_program> selected, const std::vector<program>& programs,
                       const std::optional<report_data>& earlier, const measure_options& options,
                       const report_flags& flags) {
  const auto began = std::chrono::system_clock::now();
  report_data data{.date = date_text(began),
                   .commit = commit_of_workspace(),
                   .command = command_line(flags),
                   .mode = options.quick ? "quick" : "full",
                   .stopped = {},
                   .interrupted = false,
                   .rounds_planned = options.rounds,
                   .min_time_s = options.min_time_s,
                   .left_out = describe_left_out(selected, options),
                   .programs = {}};
  std::erase_if(selected, [](const selected_program& program) {
    return program.entries.empty() && program.failure.empty();
  });
  measure(selected, options, data);
  data.interrupted = !data.stopped.empty() && interrupted();
  data.took_s = std::chrono::duration<double>(std::chrono::system_clock::now() - began).count();

  const bool measured =
      std::any_of(data.programs.begin(), data.programs.end(),
                  [](const measured_program& program) { return !program.rounds.empty(); });
  const output_options output{
      .folder = options.folder, .compare = flags.compare, .markdown = flags.markdown};
  bool failed = measured && !write_report(data, earlier, output);
  failed = print_failures(data, programs) || failed;
  if (!measured) std::cerr << "nothing was measured, so nothing was written\n";
  if (!interrupted()) return failed ? exit_failed : 0;
  std::cerr << "interrupted"
            << (measured
                    ? ": the output above and the page cover the programs that had ended before"
                    : "")
            << '\n';
  return exit_interrupted;
}

int run(const report_flags& flags, const std::vector<std::string>& arguments) {
  const auto earlier = read_if_given("--compare", flags.compare);
  if (!earlier.has_value()) return usage_error(earlier.error().message);
  const auto shown = read_if_given("--from", flags.from);
  if (!shown.has_value()) return usage_error(shown.error().message);
  if (*shown) return show(**shown, *earlier, flags);

  const auto programs = parse_programs(flags.programs);
  if (!programs.has_value()) return usage_error(programs.error().message);
  if (programs->empty()) {
    return usage_error(
        "no programs were given. Run `bazel run //bench:report` (or `tools/bazelw run "
        "//bench:report`), which builds them and passes their paths.");
  }
  const auto of_backends = select_backends(*programs, flags.backends);
  if (!of_backends.has_value()) return usage_error(of_backends.error().message);
  const auto options = options_from(flags);
  if (!options.has_value()) return usage_error(options.error().message);
  if (const result<void> status = make_writable(options->folder); !status.has_value()) {
    return usage_error(status.error().message);
  }
  if (!flags.full_target.empty() && (flags.full || !flags.filter.empty())) {
    std::cerr << "--full and --filter may need programs that are not built yet (building them once "
                 "takes some minutes): running "
              << flags.full_target << " instead\n";
    std::cerr << "error: " << run_target_instead(flags.full_target, arguments).message << '\n';
    return exit_failed;
  }

  catch_interrupts();
  auto selected = select_entries(*of_backends, *options);
  if (selected.error().is_interrupt) {
    std::cerr << "interrupted: nothing was measured\n";
    return exit_interrupted;
  }
  if (!selected.has_value()) return usage_error(selected.error().message);
  std::vector<std::string> entries;
  for (const selected_program& program : *selected) {
    for (const std::string& entry : program.entries) {
      entries.push_back(absl::StrCat(program.which.backend, " ", entry));
    }
  }
  if (const auto status = check_comparable(*earlier, flags, entries); !status.has_value()) {
    return usage_error(status.error().message);
  }
  return measure_and_report(*std::move(selected), *of_backends, *earlier, *options, flags);
}

}  // namespace
}  // namespace timed::bench

int main(int argc, char** argv) {
  using namespace timed::bench;
  const auto flags = parse_flags(argc, argv);
  if (!flags.has_value()) return usage_error(flags.error().message);
  if (flags->help) {
    std::cout << usage();
    return 0;
  }
  return run(*flags, {argv + 1, argv + argc});
}
