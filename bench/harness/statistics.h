// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Order statistics. Benchmarks on a shared machine have outliers in one direction only (when
// something else ran), so there are no means or standard deviations here.

#ifndef TIMED_BENCH_HARNESS_STATISTICS_H
#define TIMED_BENCH_HARNESS_STATISTICS_H

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace timed::bench {

/// @param quantile In (0, 1].
/// @return The smallest sample such that at least `quantile` of them are no larger (nearest rank,
///     without interpolation, so it is one of the samples). Reorders the samples.
template <class Value>
Value percentile(std::vector<Value>& samples, double quantile) {
  assert(!samples.empty() && quantile > 0 && quantile <= 1);
  // A small amount is subtracted, so that 0.9 * 10 is rank 9 whatever its binary representation.
  const double rank = std::ceil(quantile * static_cast<double>(samples.size()) - 1e-6);
  const auto index = static_cast<std::ptrdiff_t>(rank) - 1;
  const auto nth = samples.begin() + std::max<std::ptrdiff_t>(index, 0);
  std::nth_element(samples.begin(), nth, samples.end());
  return *nth;
}

/// @return The median; of an even number of samples, the mean of the middle two.
inline double median(std::vector<double> samples) {
  assert(!samples.empty());
  const std::size_t half = samples.size() / 2;
  std::sort(samples.begin(), samples.end());
  return samples.size() % 2 == 1 ? samples[half] : (samples[half - 1] + samples[half]) / 2;
}

struct interval {
  double low;
  double high;
  double confidence;  ///< That it contains the true median; 0 if there are too few samples.
};

/// @return The narrowest symmetric interval between two order statistics that contains the true
///     median with at least the given confidence. With too few samples for that, the whole range,
///     and its confidence.
///
/// It assumes no distribution: a sample is below the true median with probability 1/2, so the
/// number of such samples is binomial. Five samples give 93.75 %, six 96.9 %.
inline interval median_interval(std::vector<double> samples, double confidence) {
  assert(!samples.empty());
  std::sort(samples.begin(), samples.end());
  const std::size_t n = samples.size();
  const auto probability = [n](std::size_t below) {  // of exactly `below` samples below the median
    const double samples_count = static_cast<double>(n);
    const double k = static_cast<double>(below);
    return std::exp(std::lgamma(samples_count + 1) - std::lgamma(k + 1) -
                    std::lgamma(samples_count - k + 1) - samples_count * std::log(2.0));
  };
  // The median is outside [samples[i], samples[n - 1 - i]] with the probability of the two tails.
  double tail = probability(0);
  std::size_t i = 0;
  while (i + 1 < n - 1 - (i + 1)) {
    const double wider_tail = tail + probability(i + 1);
    if (1 - 2 * wider_tail < confidence) break;
    tail = wider_tail;
    ++i;
  }
  return {samples[i], samples[n - 1 - i], std::max(0.0, 1 - 2 * tail)};
}

/// @return Number of equal samples for each distinct value in either, in ascending order of the
///     values: all are 1 if there are no ties.
inline std::vector<std::size_t> sizes_of_ties(const std::vector<double>& a,
                                              const std::vector<double>& b) {
  std::vector<double> all(a);
  all.insert(all.end(), b.begin(), b.end());
  std::sort(all.begin(), all.end());
  std::vector<std::size_t> sizes;
  for (auto begin = all.begin(); begin != all.end();) {
    const auto end = std::upper_bound(begin, all.end(), *begin);
    sizes.push_back(static_cast<std::size_t>(end - begin));
    begin = end;
  }
  return sizes;
}

/// @return Distribution of Mann and Whitney's U over all choices of `m` of the samples as those of
///     `a`: probabilities of 0, 1/2, 1, .... U is the number of pairs in which the sample of `a` is
///     greater; a tie counts as half a pair.
/// @param ties Of all samples, see sizes_of_ties.
inline std::vector<double> mann_whitney_distribution(std::size_t m,
                                                     const std::vector<std::size_t>& ties) {
  const std::size_t n = std::accumulate(ties.begin(), ties.end(), std::size_t{0}) - m;
  // Indexed by the number of samples taken so far, and then by twice U among them.
  std::vector<std::vector<double>> ways(m + 1);
  ways[0] = {1.0};
  std::size_t below = 0;  // samples so far
  for (const std::size_t tied : ties) {
    std::vector<std::vector<double>> next(m + 1);
    for (std::size_t taken = below - std::min(below, n); taken <= std::min(below, m); ++taken) {
      const std::size_t others = below - taken;
      double choices = 1;  // number of ways to take `more` of the equal ones
      for (std::size_t more = 0; more <= std::min(tied, m - taken); ++more) {
        const std::size_t twice_u = more * (2 * others + tied - more);
        std::vector<double>& into = next[taken + more];
        into.resize(std::max(into.size(), ways[taken].size() + twice_u));
        for (std::size_t u = 0; u < ways[taken].size(); ++u) {
          into[u + twice_u] += choices * ways[taken][u];
        }
        choices = choices * static_cast<double>(tied - more) / static_cast<double>(more + 1);
      }
    }
    ways = std::move(next);
    below += tied;
  }
  std::vector<double> parts = std::move(ways[m]);
  parts.resize(2 * m * n + 1);
  const double all = std::accumulate(parts.begin(), parts.end(), 0.0);
  for (double& part : parts) part /= all;
  return parts;
}

/// Sample size up to which the exact distribution is used; above, the normal approximation is as
/// good.
constexpr std::size_t mann_whitney_exact_max = 25;

/// Tail probabilities of Mann and Whitney's U for two samples with these ties from one
/// distribution: exact for up to 25 samples each, otherwise by the normal approximation, corrected
/// for ties and continuity.
class mann_whitney_tails {
 public:
  mann_whitney_tails(const std::vector<double>& a, const std::vector<double>& b)
      : pairs_(a.size() * b.size()) {
    assert(!a.empty() && !b.empty());
    const std::vector<std::size_t> ties = sizes_of_ties(a, b);
    if (std::max(a.size(), b.size()) <= mann_whitney_exact_max) {
      parts_ = mann_whitney_distribution(a.size(), ties);
      return;
    }
    const auto count = static_cast<double>(a.size() + b.size());
    double tied = 0;
    for (const std::size_t size : ties) {
      const auto t = static_cast<double>(size);
      tied += t * t * t - t;
    }
    const double variance =
        static_cast<double>(pairs_) / 12 * (count + 1 - tied / (count * (count - 1)));
    deviation_ = std::sqrt(std::max(0.0, variance));  // 0 if all are equal
  }

  /// @param twice_u At most its mean, which is the number of pairs.
  /// @return The probability that U is at least as far from its mean, to either side.
  double both(std::size_t twice_u) const {
    assert(twice_u <= pairs_);
    if (!parts_.empty()) {
      const auto from_end = static_cast<std::ptrdiff_t>(twice_u) + 1;
      return std::min(1.0, std::accumulate(parts_.begin(), parts_.begin() + from_end, 0.0) +
                               std::accumulate(parts_.end() - from_end, parts_.end(), 0.0));
    }
    const double distance = std::max(0.0, static_cast<double>(pairs_ - twice_u) / 2 - 0.5);
    return distance == 0 ? 1 : std::erfc(distance / deviation_ / std::sqrt(2.0));
  }

 private:
  std::size_t pairs_;
  std::vector<double> parts_ = {};  // empty for many samples
  double deviation_ = 0;
};

/// @return The two-sided p-value of Mann and Whitney's test: the probability of a U at least as
///     extreme if both samples are drawn from one distribution.
inline double mann_whitney_p(const std::vector<double>& a, const std::vector<double>& b) {
  std::size_t twice_u = 0;
  for (const double x : a) {
    for (const double y : b) twice_u += x > y ? 2 : x == y ? 1 : 0;
  }
  const std::size_t twice_pairs = 2 * a.size() * b.size();
  return mann_whitney_tails(a, b).both(std::min(twice_u, twice_pairs - twice_u));
}

/// @return The smallest possible value of mann_whitney_p for these sample sizes: if it is not below
///     the chosen bound, there are too few samples for any significant result.
inline double mann_whitney_least_p(std::size_t m, std::size_t n) {
  const auto of_m = static_cast<double>(m);
  const auto of_n = static_cast<double>(n);
  return std::min(1.0, 2 * std::exp(std::lgamma(of_m + 1) + std::lgamma(of_n + 1) -
                                    std::lgamma(of_m + of_n + 1)));
}

struct shift {
  double estimate;  ///< Of a minus b.
  double low;
  double high;
  double confidence;  ///< That the interval contains the true shift.
};

/// @param rate Probability that the true shift is outside of the interval.
/// @return Shift between two distributions of the same shape: Hodges' and Lehmann's estimate (the
///     median of the differences of all pairs), and the interval that corresponds to Mann and
///     Whitney's test: 0 is in it if mann_whitney_p is not below the rate, otherwise outside, or,
///     with ties, at one end. With too few samples for a significant result, it is the whole range
///     of the differences.
inline shift shift_between(const std::vector<double>& a, const std::vector<double>& b,
                           double rate) {
  const mann_whitney_tails tails(a, b);
  std::vector<double> differences;
  differences.reserve(a.size() * b.size());
  for (const double x : a) {
    for (const double y : b) differences.push_back(x - y);
  }
  std::sort(differences.begin(), differences.end());
  // U is the number of differences on one side of 0. So at each end as many are left out as could
  // be on the other side with the test still significant.
  std::size_t k = 0;
  while (2 * (k + 1) + 1 < differences.size() && tails.both(2 * (k + 1)) < rate) ++k;
  return {median(differences), differences[k], differences[differences.size() - 1 - k],
          1 - tails.both(2 * k)};
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_HARNESS_STATISTICS_H
