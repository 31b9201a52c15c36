// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/publish/documents.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/model/report_data.h"
#include "bench/reporting/model/result.h"
#include "bench/reporting/model/suites.h"
#include "bench/reporting/publish/fill_in.h"
#include "bench/reporting/publish/generated_blocks.h"
#include "bench/reporting/render/plots.h"
#include "bench/reporting/render/svg.h"
#include "bench/reporting/render/text.h"

namespace timed::bench {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The files with an extension, in order of their names.
std::vector<fs::path> files_in(const fs::path& folder, std::string_view extension) {
  std::vector<fs::path> all;
  if (!fs::exists(folder)) return all;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == extension) all.push_back(entry.path());
  }
  std::ranges::sort(all);
  return all;
}

constexpr std::string_view main_plot_suite = "timeout_overhead";
constexpr std::string_view main_plot_title = "async_write_some on epoll";

class publisher {
 public:
  publisher(const fs::path& repository, publish_mode mode, std::ostream& out)
      : repository_(repository), mode_(mode), out_(out) {}

  bool run() {
    const std::vector<fs::path> all_results = files_in(repository_ / "docs/results", ".json");
    if (all_results.empty()) report_not_found("docs/results/*.json");
    for (const fs::path& file : all_results) publish_results(file);
    if (!std::ifstream(repository_ / "README.md")) report_not_found("README.md");
    std::vector<fs::path> documents = files_in(repository_ / "docs", ".md");
    documents.insert(documents.begin(), repository_ / "README.md");
    for (const fs::path& document : documents) publish_document(document);
    if (mode_ == publish_mode::check && any_stale_) {
      out_ << "`tools/bazelw run //bench:publish` updates what is stale\n";
    }
    return !any_error_ && (mode_ == publish_mode::write || !any_stale_);
  }

 private:
  std::string name_of(const fs::path& file) const {
    return file.lexically_relative(repository_).string();
  }

  const result<report_data>& results(const std::string& path) {
    const auto found = results_.find(path);
    if (found != results_.end()) return found->second;
    return results_.emplace(path, read_report((repository_ / path).string())).first->second;
  }

  // All tables of a run, as bench:report prints them, and its main plot.
  void publish_results(const fs::path& path) {
    const result<report_data>& data = results(name_of(path));
    if (!data.has_value()) return report_error(data.error().message);
    publish_file(path, ".txt", "the tables", report_text(*data, nullptr));
    std::vector<plot> plots = plots_of(*data, main_plot_suite);
    const auto main_plot = std::ranges::find(plots, main_plot_title, &plot::title);
    if (main_plot == plots.end()) return;
    main_plot->title = describe_suite(main_plot_suite).title + ": " + main_plot->title;
    publish_file(path, ".svg", "the plot", draw_svg_file(*main_plot));
  }

  // A file beside the results that is generated as a whole.
  void publish_file(const fs::path& path, std::string_view extension, const std::string& content,
                    std::string_view text) {
    const fs::path file = fs::path(path).replace_extension(extension);
    if (content_of(file) == text) return;
    const bool is_check = mode_ == publish_mode::check;
    report_stale(name_of(file) +
                 (is_check ? " differs from " + content + " of " + name_of(path) : ""));
    write(file, text);
  }

  void publish_document(const fs::path& path) {
    const std::string old_text = content_of(path);
    const regenerated document =
        regenerate(old_text, [this](const std::string& from, std::string_view text) {
          const result<report_data>& data = results(from);
          return data.has_value() ? fill_in(text, *data) : result<std::string>(data.error());
        });
    const auto at = [&](const finding& found) {
      return name_of(path) + ":" + std::to_string(found.line) + ": ";
    };
    for (const finding& found : document.errors) report_error(at(found) + found.what);
    for (const finding& found : document.stale) report_stale(at(found) + found.what);
    if (document.text != old_text) write(path, document.text);
  }

  void write(const fs::path& path, std::string_view text) {
    if (mode_ == publish_mode::check) return;
    std::ofstream file(path);
    file << text;
    file.close();
    if (!file) report_error(path.string() + " cannot be written");
  }

  void report_error(const std::string& what) {
    any_error_ = true;
    out_ << "error: " << what << '\n';
  }

  void report_not_found(const std::string& what) {
    report_error("there is no " + what + " in " + repository_.string() +
                 ": run `tools/bazelw run //bench:publish` in a clone of the repository");
  }

  void report_stale(const std::string& what) {
    any_stale_ = true;
    out_ << (mode_ == publish_mode::check ? "stale: " : "updated: ") << what << '\n';
  }

  const fs::path& repository_;
  const publish_mode mode_;
  std::ostream& out_;
  std::map<std::string, result<report_data>> results_ = {};
  bool any_stale_ = false;
  bool any_error_ = false;
};

}  // namespace

bool publish(const fs::path& repository, publish_mode mode, std::ostream& out) {
  return publisher(repository, mode, out).run();
}

}  // namespace timed::bench
