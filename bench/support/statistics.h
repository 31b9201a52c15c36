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

/// In how many of all orders of `m` and `n` distinct samples is Mann and Whitney's U just 0, 1,
/// ...? As parts of one; there are m * n + 1 of them.
inline std::vector<double> mann_whitney_distribution(std::size_t m, std::size_t n) {
  // The greatest sample of all is one of the m, and then above all n, or it is one of the n.
  using parts = std::vector<double>;
  std::vector<parts> of(n + 1, parts{1.0});  // for i of the m, and 0..n
  for (std::size_t i = 1; i <= m; ++i) {
    parts fewer{1.0};  // for i and j - 1; with none of the n, U is 0
    for (std::size_t j = 1; j <= n; ++j) {
      const auto total = static_cast<double>(i + j);
      parts next(i * j + 1, 0.0);
      for (std::size_t u = 0; u < of[j].size(); ++u) {
        next[u + j] += of[j][u] * static_cast<double>(i) / total;
      }
      for (std::size_t u = 0; u < fewer.size(); ++u) {
        next[u] += fewer[u] * static_cast<double>(j) / total;
      }
      of[j] = next;
      fewer = std::move(next);
    }
  }
  return of[n];
}

/// Sizes up to which all orders are counted; beyond them, the normal approximation is as good.
constexpr std::size_t mann_whitney_exact_max = 25;

/// @return The probability, if both are drawn from one distribution, that Mann and Whitney's U
///     deviates as much as it does in these samples, or more, to either side. It is exact for up to
///     25 samples each without ties, else by the normal approximation, corrected for ties and
///     continuity.
inline double mann_whitney_p(const std::vector<double>& a, const std::vector<double>& b) {
  assert(!a.empty() && !b.empty());
  std::vector<double> all(a);
  all.insert(all.end(), b.begin(), b.end());
  std::sort(all.begin(), all.end());
  const auto of_a = static_cast<double>(a.size());
  const auto of_b = static_cast<double>(b.size());
  const double count = of_a + of_b;

  double u = 0;  // pairs in which a's is the greater one; ties are half a pair
  for (const double x : a) {
    for (const double y : b) u += x > y ? 1 : x == y ? 0.5 : 0;
  }
  double tied = 0;  // the sum of t^3 - t over groups of t equal samples
  for (auto begin = all.begin(); begin != all.end();) {
    const auto end = std::upper_bound(begin, all.end(), *begin);
    const auto t = static_cast<double>(end - begin);
    tied += t * t * t - t;
    begin = end;
  }

  const double smaller = std::min(u, of_a * of_b - u);
  if (tied == 0 && std::max(a.size(), b.size()) <= mann_whitney_exact_max) {
    const std::vector<double> part = mann_whitney_distribution(a.size(), b.size());
    const auto up_to = part.begin() + static_cast<std::ptrdiff_t>(smaller) + 1;
    return std::min(1.0, 2 * std::accumulate(part.begin(), up_to, 0.0));
  }
  const double variance = of_a * of_b / 12 * (count + 1 - tied / (count * (count - 1)));
  if (variance <= 0) return 1;  // all are equal
  const double z = std::max(0.0, of_a * of_b / 2 - smaller - 0.5) / std::sqrt(variance);
  return std::erfc(z / std::sqrt(2.0));
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

/// @return By how much samples of one distribution are shifted from those of another of the same
///     shape: Hodges' and Lehmann's estimate, the median of all pairs' differences, and the
///     interval that belongs to Mann and Whitney's test.
inline shift shift_between(const std::vector<double>& a, const std::vector<double>& b,
                           double confidence) {
  assert(!a.empty() && !b.empty());
  std::vector<double> differences;
  differences.reserve(a.size() * b.size());
  for (const double x : a) {
    for (const double y : b) differences.push_back(x - y);
  }
  std::sort(differences.begin(), differences.end());
  const std::vector<double> part = mann_whitney_distribution(a.size(), b.size());
  // The k-th from below and from above are left out as long as both tails allow it.
  double tail = part[0];
  std::size_t k = 0;
  while (2 * (k + 1) + 1 < differences.size() && 1 - 2 * (tail + part[k + 1]) >= confidence) {
    tail += part[++k];
  }
  return {median(differences), differences[k], differences[differences.size() - 1 - k],
          std::max(0.0, 1 - 2 * tail)};
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_STATISTICS_H
