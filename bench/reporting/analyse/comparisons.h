// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Statistical comparisons within a run, and with an earlier run.

#ifndef TIMED_BENCH_REPORTING_ANALYSE_COMPARISONS_H
#define TIMED_BENCH_REPORTING_ANALYSE_COMPARISONS_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/harness/statistics.h"
#include "bench/reporting/model/report_data.h"
#include "bench/reporting/model/result.h"
#include "bench/reporting/model/suites.h"

namespace timed::bench {

/// Probability that a comparison of two equal distributions is called significant; also that the
/// interval of a difference, which corresponds to the test, misses the true difference.
inline constexpr double false_positive_rate = 0.01;

/// Confidence of the intervals of single figures.
inline constexpr double target_confidence = 0.95;

enum class verdict {
  significant,
  not_significant,
  too_few_rounds,  ///< For any significant result at that rate.
};

/// Result of Mann and Whitney's test of two sets of rounds.
struct tested {
  double median_a = 0;
  double median_b = 0;
  shift a_minus_b{};
  double p = 1;
  verdict outcome = verdict::too_few_rounds;

  /// The difference in percent of b; NaN where b is not above zero.
  double percent() const;
};

/// @param allowance Subtracted from the difference before the test.
tested test(const std::vector<double>& a, const std::vector<double>& b, double allowance = 0);

/// "significant (p = 0.00004)".
std::string verdict_text(const tested& result);

/// "p = 0.00004"; empty with too few rounds.
std::string probability_text(const tested& result);

/// @return The columns of the suite's table, for these entries.
std::vector<column> columns_of(const measured_program& program);

/// @return What is compared, also for unknown suites.
std::vector<comparison_of> compared_in(const measured_program& program);

/// @return The compared counter, as the suite's table shows it.
column describe_compared(const measured_program& program, const comparison_of& by);

/// A comparison of our stream with another contender on the same backend, or with itself on another
/// backend; or of a variant of our stream with the usual one.
struct comparison {
  std::string suite = {};
  std::string backend = {};
  std::string group = {};  ///< The entry's name without the contender.
  std::string ours = std::string(our_contender);
  std::string other = {};  ///< A contender; a backend if `is_of_backends`.
  bool is_of_backends = false;
  contender_kind kind = contender_kind::competitor;  ///< Of the other contender.
  std::string what = {};
  column counter = {};
  tested result = {};  ///< a is ours, or the compared backend.

  /// Whether ours is better, significantly or not.
  bool ours_is_better() const;
  bool is_significant() const { return result.outcome == verdict::significant; }
  bool is_loss() const { return is_significant() && !ours_is_better(); }
  /// Whether both are our stream, on the same backend.
  bool is_own_variant() const { return !is_of_backends && kind == contender_kind::ours; }
};

std::vector<comparison> compare_within(const report_data& data);

/// @return Whether any comparison had enough rounds for a verdict.
bool has_verdicts(const std::vector<comparison>& all);

/// The significant losses, the greatest first.
struct losses {
  std::vector<const comparison*> to_others = {};  ///< Competitors, backends, the usual variant.
  std::vector<const comparison*> to_baselines = {};
};

/// @param all Kept by the caller.
losses losses_in(const std::vector<comparison>& all);

/// @return Whether this number of rounds suffices for a significant difference.
bool suffices(std::size_t rounds);

/// The same thing measured twice, or in each round (A/A check): any difference is noise.
struct aa_check {
  std::string what = {};
  double deviation = 0;
  double bound = 0;
  std::string unit = {};

  bool holds() const { return deviation <= bound; }
};

/// @return The A/A checks that this run supports: it may lack the rows, or have only one backend.
std::vector<aa_check> check_aa(const report_data& data);

/// @return Whether this counter compares the contender with itself.
bool is_aa_row(std::string_view contender, std::string_view counter);

/// One figure of an earlier run and of this one.
struct change {
  std::string suite = {};
  std::string backend = {};
  std::string entry = {};
  column counter = {};
  tested result = {};  ///< a is this run.

  bool is_worse() const;
  bool is_significant() const { return result.outcome == verdict::significant; }
};

/// Comparison of this run with an earlier one.
struct changes {
  /// Relative change of the machine's own speed, measured by the system call send(2). It is
  /// subtracted from each difference before the test.
  double drift = 0;
  double drift_ns = 0;       ///< Change of differences: from rows compared with themselves.
  double drift_of_long = 0;  ///< The same for long writes, relative to the write.
  bool drift_is_known = false;
  std::vector<std::string> not_alike = {};  ///< "kernel: Linux 6.1, was Linux 5.10"
  std::size_t only_before = 0;              ///< Number of entries that only the earlier run has.
  std::size_t only_now = 0;
  std::vector<change> all = {};  ///< Significant regressions first.

  std::size_t significant() const;
};

changes compare_with(const report_data& before, const report_data& now);

/// @return An error if none of these entries is in the earlier run.
result<void> check_common_entries(const report_data& before, const std::string& path,
                                  const std::vector<std::string>& backend_and_entry);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_ANALYSE_COMPARISONS_H
