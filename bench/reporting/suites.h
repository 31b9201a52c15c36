// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What the report knows of the suites and their contenders. It shows others as well, by plain
// tables of all that they count.

#ifndef TIMED_BENCH_REPORTING_SUITES_H
#define TIMED_BENCH_REPORTING_SUITES_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace timed::bench {

/// A counter and how its figures are shown.
struct column {
  std::string counter = {};  ///< "p50_ns"
  std::string heading = {};  ///< "p50"
  std::string unit = {};     ///< "ns"; empty for plain numbers
  int places = 0;            ///< Decimal places.
  bool signs = false;        ///< Whether it is a difference.
  bool less_is_better = true;
  bool has_interval = false;  ///< Whether the interval of its median is shown beside it.
  bool watched = true;        ///< Whether --compare tests it.

  /// Whether it is a time or a rate, so that a slower machine changes it.
  bool is_of_speed() const;
};

/// Guesses all of it from the counter's name: "p99_9_ns", "connects_per_s", "peak_bytes".
column describe_counter(std::string_view counter);

/// @return 99.9 for "p99_9_ns"; nothing if the counter is no percentile.
std::optional<double> percentile_of(std::string_view counter);

/// What comparisons of a suite's entries are about.
struct comparison_of {
  std::string counter = {};
  std::string what = {};  ///< "what a deadline adds to a write"
  /// Whether contenders without deadlines are left out, as there the counter is zero by definition.
  bool deadlines_only = false;
  bool between_contenders = true;
  bool between_backends = true;
};

struct suite {
  std::string name = {};
  std::string title = {};
  std::string question = {};  ///< What it asks, how, and what kind of time it is.
  std::vector<std::string> parts =
      {};                            ///< Headings of the names' parts between suite and contender.
  std::vector<column> columns = {};  ///< Empty: all that is counted.
  std::vector<comparison_of> compared = {};
  std::string headline = {};         ///< A regular expression: what the summary and the plots show.
  std::string quick = {};            ///< A regular expression: what --quick runs; "" is nothing.
  std::string plotted_against = {};  ///< The heading of the part that costs are plotted against.
};

/// @return What is known of the suite; of an unknown one, what can be said of any.
const suite& describe_suite(std::string_view name);

/// Where a report has it: known suites in a sensible order, others behind them.
std::size_t place_of_suite(std::string_view name);

enum class contender_kind {
  ours,   ///< Our stream.
  floor,  ///< Does less: it has no deadlines, or no event loop.
  rival,  ///< Another way to do the same.
};

struct contender {
  std::string name = {};
  contender_kind kind;
  std::string label = {};  ///< "Boost.Beast, expires_after before each write"
};

/// @return What is known of it; others are taken for rivals, or ours if their name begins so.
contender describe_contender(std::string_view name);

/// The one of ours that comparisons are made with.
inline constexpr std::string_view our_contender = "timed";

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_SUITES_H
