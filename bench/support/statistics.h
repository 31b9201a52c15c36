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

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_STATISTICS_H
