// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Order statistics. Benchmarks on a shared machine have outliers in one direction only (something
// else ran), so nothing here is a mean or a standard deviation.

#ifndef TIMED_BENCH_SUPPORT_STATISTICS_H
#define TIMED_BENCH_SUPPORT_STATISTICS_H

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace timed::bench {

/// @param quantile In (0, 1].
/// @return The smallest sample such that at least `quantile` of them are no larger (the nearest
///     rank; no interpolation, so that it is a value that did occur). Reorders the samples.
template <class Value>
Value percentile(std::vector<Value>& samples, double quantile) {
  assert(!samples.empty() && quantile > 0 && quantile <= 1);
  // A little is taken off, so that 0.9 * 10 is rank 9 whatever its binary representation.
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
  double confidence;  ///< That the true median is in it; 0 if there are too few samples to say.
};

/// @return The narrowest interval between two samples, as many from below as from above, that has
///     the true median in it with at least the given confidence; from the least to the greatest
///     sample where there are too few for that, with the confidence that this has.
///
/// It assumes no distribution: a sample is below the true median with probability 1/2, so the
/// number of those that are is binomial. Five samples give 93.75 %, six 96.9 %.
inline interval median_interval(std::vector<double> samples, double confidence) {
  assert(!samples.empty());
  std::sort(samples.begin(), samples.end());
  const std::size_t n = samples.size();
  const auto probability = [n](std::size_t below) {  // that just so many are below the median
    const double of = static_cast<double>(n);
    const double k = static_cast<double>(below);
    return std::exp(std::lgamma(of + 1) - std::lgamma(k + 1) - std::lgamma(of - k + 1) -
                    of * std::log(2.0));
  };
  // Outside [samples[i], samples[n - 1 - i]] with the probability of the two tails, 0..i below.
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

/// How many samples are equal, for each value that occurs in either, the least first: all are 1
/// where there are no ties.
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

/// Of all ways to take `m` of the samples as those of `a`, in how many is Mann and Whitney's U just
/// 0, 1/2, 1, ...? As parts of one. U is the number of pairs in which that of `a` is the greater
/// one; ties are half a pair.
/// @param ties Of all samples, see sizes_of_ties.
inline std::vector<double> mann_whitney_distribution(std::size_t m,
                                                     const std::vector<std::size_t>& ties) {
  const std::size_t n = std::accumulate(ties.begin(), ties.end(), std::size_t{0}) - m;
  // By how many of the samples so far are taken, and then by twice U among these.
  std::vector<std::vector<double>> ways(m + 1);
  ways[0] = {1.0};
  std::size_t below = 0;  // samples so far
  for (const std::size_t tied : ties) {
    std::vector<std::vector<double>> next(m + 1);
    for (std::size_t taken = below - std::min(below, n); taken <= std::min(below, m); ++taken) {
      const std::size_t others = below - taken;
      double choices = 1;  // to take just so many of those that are equal
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
  for (double& each : parts) each /= all;
  return parts;
}

/// Sizes up to which all ways are counted; beyond them, the normal approximation is as good.
constexpr std::size_t mann_whitney_exact_max = 25;

/// How likely values of Mann and Whitney's U are, if two samples with just these ties are drawn
/// from one distribution. It is exact for up to 25 samples each, else by the normal approximation,
/// corrected for ties and continuity.
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
    for (const std::size_t each : ties) {
      const auto t = static_cast<double>(each);
      tied += t * t * t - t;
    }
    const double variance =
        static_cast<double>(pairs_) / 12 * (count + 1 - tied / (count * (count - 1)));
    deviation_ = std::sqrt(std::max(0.0, variance));  // 0 if all are equal
  }

  /// @param twice_u At most its mean, which is the number of pairs.
  /// @return The probability that U is so far from its mean, or farther, to either side.
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

/// @return The probability, if both are drawn from one distribution, that Mann and Whitney's U
///     deviates as much as it does in these samples, or more, to either side.
inline double mann_whitney_p(const std::vector<double>& a, const std::vector<double>& b) {
  std::size_t twice_u = 0;
  for (const double x : a) {
    for (const double y : b) twice_u += x > y ? 2 : x == y ? 1 : 0;
  }
  const std::size_t twice_pairs = 2 * a.size() * b.size();
  return mann_whitney_tails(a, b).both(std::min(twice_u, twice_pairs - twice_u));
}

/// @return The smallest value that mann_whitney_p has for so many samples: if it is not below the
///     bound that one has chosen, there are too few to tell anything.
inline double mann_whitney_least_p(std::size_t m, std::size_t n) {
  const auto of_m = static_cast<double>(m);
  const auto of_n = static_cast<double>(n);
  return std::min(1.0, 2 * std::exp(std::lgamma(of_m + 1) + std::lgamma(of_n + 1) -
                                    std::lgamma(of_m + of_n + 1)));
}

struct shift {
  double estimate;  ///< By how much a is greater than b.
  double low;
  double high;
  double confidence;  ///< That the true shift is within low and high.
};

/// @param rate How often the true shift may be outside of the interval.
/// @return By how much samples of one distribution are shifted from those of another of the same
///     shape: Hodges' and Lehmann's estimate, the median of all pairs' differences, and the
///     interval that belongs to Mann and Whitney's test: 0 is in it if mann_whitney_p is not below
///     the rate, else outside, or, where samples have ties, at one end. With so few samples that it
///     never is below, it goes from the least to the greatest difference.
inline shift shift_between(const std::vector<double>& a, const std::vector<double>& b,
                           double rate) {
  const mann_whitney_tails tails(a, b);
  std::vector<double> differences;
  differences.reserve(a.size() * b.size());
  for (const double x : a) {
    for (const double y : b) differences.push_back(x - y);
  }
  std::sort(differences.begin(), differences.end());
  // U is how many differences are on one side of 0. So at each end as many are left out as could be
  // on the other side with the test still telling the samples apart.
  std::size_t k = 0;
  while (2 * (k + 1) + 1 < differences.size() && tails.both(2 * (k + 1)) < rate) ++k;
  return {median(differences), differences[k], differences[differences.size() - 1 - k],
          1 - tails.both(2 * k)};
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_STATISTICS_H
