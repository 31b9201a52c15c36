// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/output.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/render/cards.h"
#include "bench/reporting/render/headline.h"
#include "bench/reporting/render/markdown.h"
#include "bench/reporting/render/page.h"
#include "bench/reporting/render/text.h"
#include "bench/reporting/run/progress.h"
#include "bench/reporting/workspace.h"

namespace timed::bench {
namespace {

namespace fs = std::filesystem;

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

std::string headline_picture(const report_data& data) {
  const std::vector<comparison> comparisons = compare_within(data);
  return headline_svg(make_headline(data, summary_cards(data, comparisons), comparisons));
}

// Writes a file that not every run has; without a text, removes that of an earlier run.
bool write_or_remove(const fs::path& path, const std::string& text) {
  if (!text.empty()) return write_file(path, text);
  std::error_code ec;
  fs::remove(path, ec);
  if (!ec) return true;
  std::cerr << "error: " << path.string() << ", of an earlier run, cannot be removed ("
            << ec.message() << ")\n";
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

}  // namespace

bool write_report(const report_data& data, const std::optional<report_data>& earlier,
                  const output_options& options) {
  const fs::path& folder = options.folder;
  const bool is_new = options.from.empty();
  std::string earlier_path = options.compare;
  bool written = true;
  // Otherwise the report.json in the folder may be of another run.
  if (is_new) {
    // First, so that no later failure, such as a closed pipe, loses what was measured.
    written = keep_earlier_run(folder / "report.json", earlier_path);
    written = write_file(folder / "report.json", to_json(data)) && written;
  }
  std::optional<changes> against;
  if (earlier) against = compare_with(*earlier, data);
  const changes* const found = against ? &*against : nullptr;
  const std::string text = report_text(data, found);
  const std::string page =
      make_page({.data = data,
                 .against = found,
                 .against_path = earlier_path,
                 .values_path = is_new ? "report.json beside it" : options.from});
  written = write_file(folder / "report.txt", text) && written;
  written = write_file(folder / "report.html", page) && written;
  written = write_or_remove(folder / "headline.svg", headline_picture(data)) && written;
  written = write_or_remove(folder / "headline.png", "") && written;  // made of the earlier one
  written =
      write_or_remove(folder / "summary.md", options.markdown ? markdown_summary(data) : "") &&
      written;
  std::cout << '\n' << text << std::flush;
  if (!written) return false;
  std::string values = is_new ? "report.json, for a later run's --compare"
                              : options.from + ": no report.json was written";
  if (earlier_path == kept_earlier_run) {
    absl::StrAppend(&values, "; those of the earlier run are kept in ", kept_earlier_run);
  }
  std::cout << "\nThe page is " << (folder / "report.html").string()
            << "; the table above is in report.txt, and the values of all rounds are in " << values
            << ". The run took " << duration_text(data.took_s) << ".\n"
            << std::flush;
  return true;
}

bool print_failures(const report_data& data, const std::vector<program>& programs) {
  bool any = false;
  for (const measured_program& program : data.programs) {
    const bool of_entries =
        std::any_of(program.entries.begin(), program.entries.end(),
                    [](const measured_entry& entry) { return !entry.error.empty(); });
    if (program.failure.empty() && !of_entries) continue;
    any = true;
    std::cerr << "error: " << program.name() << ": "
              << (program.failure.empty() ? "some of its entries failed; the table has the errors"
                                          : program.failure)
              << hint_without(programs, program.backend) << '\n';
  }
  return any;
}

}  // namespace timed::bench
