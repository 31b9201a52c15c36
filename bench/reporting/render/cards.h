// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The headline figures of each suite: what the page draws as bars, and the Markdown summary as
// tables.

#ifndef TIMED_BENCH_REPORTING_RENDER_CARDS_H
#define TIMED_BENCH_REPORTING_RENDER_CARDS_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/model/report_data.h"
#include "bench/reporting/model/suites.h"

namespace timed::bench {

/// One contender on one backend.
struct card_bar {
  contender about;
  double median = 0;
  double low = 0;  ///< Ends of the interval of the median.
  double high = 0;
  std::vector<double> rounds = {};
  std::optional<double> factor = {};  ///< Relative to our stream; none for differences.
  /// Whether it was compared with our usual stream, and does not differ significantly.
  bool is_alike = false;
  std::string remark = {};  ///< As in the suite's table.
};

struct card_backend {
  std::string backend = {};
  std::vector<card_bar> bars = {};  ///< The best first.

  const card_bar* find(std::string_view contender) const;
};

/// One group of entries, which differ only in the contender.
struct card {
  std::string suite = {};
  std::string title = {};
  std::string group = {};  ///< The name of the entries without the contender.
  std::string subtitle = {};
  column counter = {};
  std::vector<card_backend> backends = {};

  /// The least end of an interval, and zero at most.
  double least() const;
  /// The greatest end of an interval, and zero at least.
  double greatest() const;
};

/// "lower is better"
std::string_view better_text(const column& counter);

/// @param comparisons Those of this run.
/// @return The cards of all suites, two of each at most.
std::vector<card> summary_cards(const report_data& data,
                                const std::vector<comparison>& comparisons);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_CARDS_H
