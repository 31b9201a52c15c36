// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/run/measure.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "bench/reporting/model/entry_filter.h"
#include "bench/reporting/model/report_data.h"
#include "bench/reporting/model/result.h"
#include "bench/reporting/model/results.h"
#include "bench/reporting/model/suites.h"
#include "bench/reporting/run/child_process.h"
#include "bench/reporting/run/machine_load.h"
#include "bench/reporting/run/plan.h"
#include "bench/reporting/run/progress.h"

namespace timed::bench {
namespace {

namespace fs = std::filesystem;

child_options options_for(const program& which, const std::string& client_host,
                          std::vector<std::string> arguments,
                          std::function<void(const std::string&)> on_line) {
  child_options options;
  options.command = {fs::absolute(which.path).string()};
  if (!client_host.empty()) options.command.push_back("--client_host=" + client_host);
  options.command.insert(options.command.end(), arguments.begin(), arguments.end());
  options.environment = {{"TIMED_EXPECTED_BACKEND", which.backend}};
  options.on_line = std::move(on_line);
  return options;
}

// Returns the last lines of a program, which say why it failed.
std::string tail(const std::vector<std::string>& lines) {
  constexpr std::ptrdiff_t at_most = 5;
  const auto n = std::min(std::ssize(lines), at_most);
  return absl::StrJoin(lines.end() - n, lines.end(), "\n    ");
}

// Returns what a program leaves out: its lines "left out: ...".
std::vector<std::string> left_out_by(const program& which, const std::vector<std::string>& lines) {
  std::vector<std::string> left_out;
  for (std::string_view line : lines) {
    if (!absl::ConsumePrefix(&line, "left out: ")) continue;
    left_out.push_back(absl::StrCat(which.suite, " on ", which.backend, ": ", line));
  }
  return left_out;
}

struct listed {
  std::vector<std::string> entries;
  std::vector<std::string> left_out;
};

// Lists all entries of a program.
result<listed> list_entries(const program& which, const std::string& client_host) {
  std::vector<std::string> entries;
  std::vector<std::string> others;
  child_options options =
      options_for(which, client_host, {"--benchmark_list_tests=true", "--benchmark_filter=."},
                  [&](const std::string& line) {
                    const bool is_entry = absl::StartsWith(line, which.suite + "/");
                    (is_entry ? entries : others).push_back(line);
                  });
  options.silence_max_s = 30;
  const auto exit = run_child(options);
  if (!exit.has_value()) return exit.error();
  listed all{.entries = std::move(entries), .left_out = left_out_by(which, others)};
  if (all.entries.empty() && (!exit->succeeded || all.left_out.empty())) {
    return failed(absl::StrCat("it ", exit->how, ":\n    ", tail(others)));
  }
  return all;
}

result<program_results> read_results(const program& which, const fs::path& file) {
  std::ifstream input(file);
  const std::string text{std::istreambuf_iterator<char>(input), {}};
  // An entry's error may contain any bytes.
  result<program_results> results = parse_results(printable(text));
  if (!results.has_value()) return results;
  if (const result<void> status = check_backend(*results, which.backend); !status.has_value()) {
    return status.error();
  }
  return results;
}

// Returns whether the only failures are those of entries: a program may also crash after writing
// all results.
bool are_complete(const child_exit& exit, const program_results& results) {
  const bool an_entry_failed =
      std::any_of(results.entries.begin(), results.entries.end(),
                  [](const entry_results& entry) { return !entry.error.empty(); });
  return exit.succeeded || (exit.ended_itself && an_entry_failed);
}

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

// One run of all selected programs.
class measurement {
 public:
  measurement(const std::vector<selected_program>& programs, const measure_options& options,
              report_data& data)
      : programs_(programs), options_(options), data_(data), steps_(steps()) {}

  void run() {
    for (const selected_program& selected : programs_) {
      data_.programs.push_back({.suite = selected.which.suite,
                                .backend = selected.which.backend,
                                .failure = selected.failure});
    }
    std::size_t round = 0;
    for (next_ = 0; next_ < steps_.size() && data_.stopped.empty(); ++next_) {
      const step& current = steps_[next_];
      if (current.round != round) end_round(round);
      round = current.round;
      if (!data_.stopped.empty()) break;
      if (data_.programs[current.program].failure.empty()) run(current);
    }
    if (data_.stopped.empty()) end_round(round);
  }

 private:
  std::vector<step> steps() const {
    std::vector<program> all;
    for (const selected_program& selected : programs_) all.push_back(selected.which);
    return schedule(all, options_.rounds);
  }

  // Estimates the time of the steps from `from` on; of one round only if `one_round`.
  double seconds_left(std::size_t from, bool one_round) const {
    double seconds = 0;
    for (std::size_t i = from; i < steps_.size(); ++i) {
      if (one_round && steps_[i].round != steps_[from].round) break;
      const selected_program& selected = programs_[steps_[i].program];
      if (!data_.programs[steps_[i].program].failure.empty()) continue;
      seconds += estimate_.seconds_for(selected.which.name(), selected.entries.size());
    }
    return seconds;
  }

  // Estimates the time to the end, at most the rest of the budget.
  // @param passed_s How long the current step has been running.
  double seconds_to_end(double passed_s) const {
    const double of_steps = seconds_left(next_, false) - passed_s;
    if (options_.budget_s == 0) return of_steps;
    return std::min(of_steps, std::max(0.0, options_.budget_s - seconds_since(began_)));
  }

  void end_round(std::size_t round) {
    const double elapsed = seconds_since(began_);
    const bool is_last = next_ >= steps_.size();
    std::string left;
    if (!is_last) {
      if (options_.budget_s > 0 && elapsed + seconds_left(next_, true) > options_.budget_s) {
        data_.stopped = absl::StrFormat(
            "%d of %d rounds fit into the %.0f seconds of --quick; --full or --repetitions=%d runs "
            "all of them",
            round + 1, options_.rounds, options_.budget_s, options_.rounds);
      } else {
        left = absl::StrCat(", about ", duration_text(seconds_to_end(0)), " left");
      }
    }
    progress_.finish(absl::StrFormat("round %d of %d is done: %s%s", round + 1, options_.rounds,
                                     duration_text(elapsed), left));
    if (!data_.stopped.empty()) progress_.finish(data_.stopped);
  }

  void show_progress(const step& current, const run_counter& counter,
                     std::chrono::steady_clock::time_point process_began) {
    const selected_program& selected = programs_[current.program];
    const double expected = estimate_.seconds_for(selected.which.name(), selected.entries.size());
    const double left = seconds_to_end(std::min(expected, seconds_since(process_began)));
    const double elapsed = seconds_since(began_);
    progress_.show(absl::StrFormat(
        "[%3.0f %%, about %s left] round %d of %d, %s on %s, entry %d of %d: %s",
        100 * elapsed / std::max(elapsed + left, 1e-9), duration_text(left), current.round + 1,
        options_.rounds, selected.which.suite, selected.which.backend, counter.started(),
        selected.entries.size(), counter.entry()));
  }

  void add_left_out(std::vector<std::string> texts) {
    for (std::string& text : texts) {
      if (std::ranges::find(data_.left_out, text) == data_.left_out.end()) {
        data_.left_out.push_back(std::move(text));
      }
    }
  }

  void run(const step& current) {
    const selected_program& selected = programs_[current.program];
    measured_program& into = data_.programs[current.program];
    const fs::path partial = options_.folder / (selected.which.name() + ".partial");
    const auto process_began = std::chrono::steady_clock::now();
    run_counter counter;
    std::vector<std::string> lines;
    // One repetition per process. Random interleaving, even of one repetition each, makes Google
    // Benchmark shuffle the entries.
    child_options options =
        options_for(selected.which, options_.client_host,
                    {"--progress", "--benchmark_filter=" + selected.filter,
                     "--benchmark_out=" + partial.string(), "--benchmark_out_format=json",
                     absl::StrFormat("--benchmark_min_time=%fs", options_.min_time_s),
                     "--benchmark_repetitions=1", "--benchmark_enable_random_interleaving=true"},
                    [&](const std::string& line) {
                      if (!counter.take(line)) lines.push_back(line);
                    });
    if (options_.budget_s > 0) options.command.push_back("--no_tracing");
    // Each entry prints a line when it starts. None takes nearly that long, but only a small part
    // of each iteration may count as its time.
    options.silence_max_s = 120 + 100 * options_.min_time_s;
    options.on_tick = [&] {
      if (counter.started() != 0) show_progress(current, counter, process_began);
    };
    std::error_code ignored;
    fs::remove(partial, ignored);  // may be left by a killed report
    const machine_counters before = read_machine_counters();
    const result<child_exit> exit = run_child(options);
    const machine_counters after = read_machine_counters();

    if (!exit.has_value()) {
      if (exit.error().is_interrupt) {
        data_.stopped = "it was interrupted; the report covers what was measured before";
      } else {
        into.failure = exit.error().message;
      }
    } else if (const auto results = read_results(selected.which, partial);
               results.has_value() && are_complete(*exit, *results)) {
      into.add_round(current.round, load_of(*exit, before, after), *results);
      add_left_out(left_out_by(selected.which, lines));
      estimate_.add(selected.which.name(), selected.entries.size(), exit->wall_s);
    } else {
      into.failure =
          absl::StrFormat("round %d: %s", current.round + 1,
                          exit->succeeded ? results.error().message
                                          : absl::StrCat("it ", exit->how, ":\n    ", tail(lines)));
      progress_.finish(
          absl::StrCat(selected.which.name(), " FAILED, the others continue: ", into.failure));
    }
    fs::remove(partial, ignored);
  }

  const std::vector<selected_program>& programs_;
  const measure_options& options_;
  report_data& data_;
  const std::vector<step> steps_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::size_t next_ = 0;
  time_estimate estimate_;
  progress_line progress_;
};

}  // namespace

result<std::vector<selected_program>> select_entries(const std::vector<program>& programs,
                                                     const measure_options& options) {
  std::vector<selected_program> all;
  bool any_entry = false;
  std::string notes;
  for (const program& which : programs) {
    if (interrupted()) return was_interrupted();
    const std::string& quick = describe_suite(which.suite).quick;
    selected_program selected{.which = which, .filter = "."};
    if (!options.filter.empty()) selected.filter = options.filter;
    if (options.filter.empty() && options.quick) selected.filter = quick.empty() ? "-." : quick;
    const auto filter = entry_filter::parse(selected.filter);
    if (!filter.has_value()) return filter.error();
    auto listed = list_entries(which, options.client_host);
    if (listed.error().is_interrupt) return listed.error();
    if (!listed.has_value()) {
      selected.failure = listed.error().message;
      absl::StrAppend(&notes, "\n", which.name(),
                      " could not list its entries: ", selected.failure);
    } else {
      for (const std::string& entry : listed->entries) {
        if (filter->matches(entry)) {
          selected.entries.push_back(absl::StrJoin(parts_of_name(entry), "/"));
        } else {
          ++selected.entries_left_out;
        }
      }
      any_entry = any_entry || !selected.entries.empty();
      for (const std::string& item : listed->left_out) {
        absl::StrAppend(&notes, "\nleft out: ", item);
      }
      selected.left_out = std::move(listed->left_out);
    }
    all.push_back(std::move(selected));
  }
  const bool any_was_asked =
      std::any_of(all.begin(), all.end(),
                  [](const selected_program& selected) { return selected.failure.empty(); });
  if (!any_entry && any_was_asked && options.filter.empty()) {
    return failed(absl::StrCat("there is nothing to measure", notes));
  }
  if (!any_entry && any_was_asked) {
    return failed(
        absl::StrCat("--filter=", options.filter,
                     " matches no entry; they are called like write_latency/tcp/64/timed and "
                     "timeout_overhead/async_write/1000/timed",
                     notes));
  }
  return all;
}

void measure(const std::vector<selected_program>& programs, const measure_options& options,
             report_data& data) {
  measurement(programs, options, data).run();
}

}  // namespace timed::bench
