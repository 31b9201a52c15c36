// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What a run says, and with what certainty: comparisons within it, and with an earlier one.

#ifndef TIMED_BENCH_REPORTING_COMPARISONS_H
#define TIMED_BENCH_REPORTING_COMPARISONS_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/report_data.h"
#include "bench/reporting/result.h"
#include "bench/reporting/suites.h"
#include "bench/support/statistics.h"

namespace timed::bench {

/// How often a comparison of two that are alike is to be called beyond the noise. As often may the
/// interval of a difference, which belongs to the test, miss the true one.
inline constexpr double false_positive_rate = 0.01;

/// Of the intervals of single figures.
inline constexpr double confidence_wanted = 0.95;

enum class verdict {
  beyond_noise,
  within_noise,
  too_few_rounds,  ///< To tell anything at that rate.
};

/// Two sets of rounds, tested by Mann and Whitney.
struct tested {
  double median_a = 0;
  double median_b = 0;
  shift a_minus_b{};
  double p = 1;
  verdict is = verdict::too_few_rounds;

  /// The difference in percent of b; NaN where b is not above zero.
  double percent() const;
};

/// @param allowance What is taken off their difference before it is tested: only what is beyond it
///     counts.
tested test(const std::vector<double>& a, const std::vector<double>& b, double allowance = 0);

/// "beyond the noise (p = 0.00004)".
std::string verdict_text(const tested& result);

/// "p = 0.00004"; empty if there are too few rounds.
std::string probability_text(const tested& result);

/// The columns that the suite's table has, for these entries.
std::vector<column> columns_of(const measured_program& program);

/// What is compared, of suites that are not known as well.
std::vector<comparison_of> compared_in(const measured_program& program);

/// The counter of what is compared, as the suite's table shows it.
column describe_compared(const measured_program& program, const comparison_of& by);

/// Our stream with another contender on the same backend, or with itself on another one; or another
/// way to set its deadlines with the one that all else is compared with.
struct comparison {
  std::string suite = {};
  std::string backend = {};
  std::string group = {};  ///< The entry's name without the contender.
  std::string ours = std::string(our_contender);
  std::string other = {};  ///< A contender; or a backend, if it is one of backends.
  bool is_of_backends = false;
  contender_kind kind = contender_kind::rival;  ///< Of the other contender.
  std::string what = {};
  column counter = {};
  tested result = {};  ///< a is ours, or the backend that is compared.

  /// Whether ours is the better one, were it not for the noise.
  bool ours_is_better() const;
  bool is_beyond_noise() const { return result.is == verdict::beyond_noise; }
  bool is_loss() const { return is_beyond_noise() && !ours_is_better(); }
  /// Whether both are ours, on the same backend.
  bool is_of_own_ways() const { return !is_of_backends && kind == contender_kind::ours; }
};

std::vector<comparison> compare_within(const report_data& data);

/// The same thing measured twice, or in each round: what is not zero is noise.
struct null_check {
  std::string what = {};
  double deviation = 0;
  double bound = 0;
  std::string unit = {};

  bool holds() const { return deviation <= bound; }
};

/// @return Those that this run can make: it may have measured no such rows, or one backend only.
std::vector<null_check> check_nulls(const report_data& data);

/// Whether a contender is compared to itself by this counter.
bool is_null(std::string_view contender, std::string_view counter);

/// One figure of an earlier run and of this.
struct change {
  std::string suite = {};
  std::string backend = {};
  std::string entry = {};
  column counter = {};
  tested result = {};  ///< a is this run.

  bool is_worse() const;
  bool is_beyond_noise() const { return result.is == verdict::beyond_noise; }
};

/// This run beside an earlier one.
struct changes {
  /// How much slower or faster the machine itself was, as a part: the system call send(2), which is
  /// not ours. That much is taken off each difference before it is tested.
  double drift = 0;
  double drift_ns = 0;       ///< The same of differences: rows compared to themselves.
  double drift_of_long = 0;  ///< Of those of long writes, as a part of the write.
  bool drift_is_known = false;
  std::vector<std::string> not_alike = {};  ///< "kernel: Linux 6.1, was Linux 5.10"
  std::size_t only_before = 0;              ///< Entries.
  std::size_t only_now = 0;
  std::vector<change> all = {};  ///< Regressions beyond the noise first.

  std::size_t beyond_noise() const;
};

changes compare_with(const report_data& before, const report_data& now);

/// @return An error if none of these entries is in the earlier run.
result<void> check_common_entries(const report_data& before, const std::string& path,
                                  const std::vector<std::string>& backend_and_entry);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_COMPARISONS_H
