// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What a run says at a glance.

#ifndef TIMED_BENCH_REPORTING_RENDER_HEADLINE_H
#define TIMED_BENCH_REPORTING_RENDER_HEADLINE_H

#include <optional>
#include <string>
#include <vector>

#include "bench/reporting/analyse/comparisons.h"
#include "bench/reporting/model/report_data.h"
#include "bench/reporting/render/cards.h"

namespace timed::bench {

struct headline {
  /// "On this machine a deadline adds 4 ns to a write, ..." Empty if nothing that it is about was
  /// measured in enough rounds.
  std::string text = {};
  /// What a deadline adds to a write, on one backend, by our usual stream and by each competitor;
  /// only with a text that says so.
  std::optional<card> plot = {};
  std::string footer = {};  ///< Which run it is.
};

/// @param cards Those of `summary_cards()`.
/// @param comparisons Those of the run.
headline make_headline(const report_data& data, const std::vector<card>& cards,
                       const std::vector<comparison>& comparisons);

/// @return The text and the plot as a file of 1200 by 630 pixels, the size of a preview in social
///     networks; empty without a plot.
std::string headline_svg(const headline& shown);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_HEADLINE_H
