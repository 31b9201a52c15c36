// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Descriptions of the suites and their contenders. The report shows unknown ones too, as plain
// tables of all their counters.

#ifndef TIMED_BENCH_REPORTING_MODEL_SUITES_H
#define TIMED_BENCH_REPORTING_MODEL_SUITES_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace timed::bench {

/// A counter and how its figures are displayed.
struct column {
  std::string counter = {};  ///< "p50_ns"
  std::string heading = {};  ///< "p50"
  std::string unit = {};     ///< "ns"; empty for plain numbers
  int places = 0;            ///< Decimal places.
  bool signs = false;        ///< Whether it is a difference, shown with its sign.
  bool less_is_better = true;
  bool has_interval = false;  ///< Whether the interval of its median is shown.
  bool watched = true;        ///< Whether --compare tests it.

  /// Whether it is a time or a rate, which depends on the machine's speed.
  bool is_of_speed() const;
};

/// Derives the description from the counter's name: "p99_9_ns", "connects_per_s", "peak_bytes".
column describe_counter(std::string_view counter);

/// @return 99.9 for "p99_9_ns"; nothing if the counter is not a percentile.
std::optional<double> percentile_of(std::string_view counter);

/// A comparison between a suite's entries.
struct comparison_of {
  std::string counter = {};
  std::string what = {};  ///< "what a deadline adds to a write"
  /// Whether contenders without deadlines are left out, whose counter is zero by definition.
  bool deadlines_only = false;
  bool between_contenders = true;
  bool between_backends = true;
};

struct suite {
  std::string name = {};
  std::string title = {};
  std::string question = {};  ///< What is measured, how, and what kind of time it is.
  std::vector<std::string> parts =
      {};                            ///< Headings of the names' parts between suite and contender.
  std::vector<column> columns = {};  ///< Empty: all counters.
  std::vector<comparison_of> compared = {};
  std::string headline = {};  ///< A regular expression: entries of the summary and the plots.
  std::string quick = {};     ///< A regular expression: entries of --quick; "" is none.
  std::string plotted_against = {};  ///< The heading of the name's part on the x axis of plots.
};

/// @return The description of the suite; a generic one if it is unknown.
const suite& describe_suite(std::string_view name);

/// @return The suite's position in a report: unknown suites come last.
std::size_t place_of_suite(std::string_view name);

enum class contender_kind {
  ours,        ///< Our stream.
  baseline,    ///< Does less: it has no deadlines, or no event loop.
  competitor,  ///< Another implementation of the same.
};

struct contender {
  std::string name = {};
  contender_kind kind;
  std::string label = {};  ///< "Boost.Beast, expires_after before each write"
};

/// @return The description of a contender; unknown ones are competitors, or ours by their prefix.
contender describe_contender(std::string_view name);

/// The variant of our stream that comparisons use.
inline constexpr std::string_view our_contender = "timed";

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_MODEL_SUITES_H
