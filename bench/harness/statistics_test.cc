// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/harness/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace timed::bench {
namespace {

using testing::ElementsAre;

TEST(percentile, is_the_nearest_rank) {
  std::vector<int> samples{70, 10, 100, 40, 20, 90, 30, 80, 60, 50};
  EXPECT_EQ(percentile(samples, 0.5), 50);
  EXPECT_EQ(percentile(samples, 0.9), 90);
  EXPECT_EQ(percentile(samples, 0.99), 100);
  EXPECT_EQ(percentile(samples, 0.001), 10);
}

TEST(percentile, of_a_thousand_leaves_one_above_the_99_9th) {
  std::vector<int> samples(1000);
  for (int i = 0; i < 1000; ++i) samples[static_cast<std::size_t>(i)] = i + 1;
  EXPECT_EQ(percentile(samples, 0.999), 999);
}

TEST(median, is_the_middle_or_the_mean_of_the_middle_two) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
  EXPECT_EQ(median({7}), 7);
}

TEST(median_interval, is_the_whole_range_of_few_samples) {
  const interval five = median_interval({5, 1, 4, 2, 3}, 0.95);
  EXPECT_EQ(five.low, 1);
  EXPECT_EQ(five.high, 5);
  EXPECT_NEAR(five.confidence, 0.9375, 1e-9);
  EXPECT_NEAR(median_interval(std::vector<double>(7), 0.95).confidence, 1 - 2.0 / 128, 1e-9);
}

TEST(median_interval, of_a_single_sample_has_no_confidence) {
  EXPECT_EQ(median_interval({1}, 0.95).confidence, 0);
}

// From a table of the sign test: of 9, the 2nd from below and from above have 96.1 %; of 25, the
// 8th have 95.7 %.
TEST(median_interval, of_many_samples_excludes_both_ends) {
  const interval of_nine = median_interval({1, 2, 3, 4, 5, 6, 7, 8, 9}, 0.95);
  EXPECT_EQ(of_nine.low, 2);
  EXPECT_EQ(of_nine.high, 8);
  EXPECT_NEAR(of_nine.confidence, 0.961, 0.001);
  std::vector<double> samples(25);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<double>(i + 1);
  const interval bounds = median_interval(samples, 0.95);
  EXPECT_EQ(bounds.low, 8);
  EXPECT_EQ(bounds.high, 18);
  EXPECT_NEAR(bounds.confidence, 0.957, 0.001);
}

std::vector<std::size_t> no_ties(std::size_t samples) {
  return std::vector<std::size_t>(samples, 1);
}

// Of the 6 orders of two and two, U is 0, 1, 2, 2, 3, 4.
TEST(mann_whitney_distribution, counts_all_orders) {
  EXPECT_THAT(mann_whitney_distribution(2, no_ties(4)),
              ElementsAre(testing::DoubleEq(1.0 / 6), 0, testing::DoubleEq(1.0 / 6), 0,
                          testing::DoubleEq(2.0 / 6), 0, testing::DoubleEq(1.0 / 6), 0,
                          testing::DoubleEq(1.0 / 6)));
  const std::vector<double> many = mann_whitney_distribution(40, no_ties(47));
  EXPECT_EQ(many.size(), 561u);
  EXPECT_NEAR(std::accumulate(many.begin(), many.end(), 0.0), 1, 1e-12);
}

// One of 1, 1, 2 is taken: each 1 has half a pair with the other one, 2 has two pairs.
TEST(mann_whitney_distribution, counts_a_tie_as_half_a_pair) {
  EXPECT_THAT(mann_whitney_distribution(1, {2, 1}),
              ElementsAre(0, testing::DoubleEq(2.0 / 3), 0, 0, testing::DoubleEq(1.0 / 3)));
}

// Twice U, in whole numbers.
int twice_u(const std::vector<double>& a, const std::vector<double>& b) {
  int u = 0;
  for (const double x : a) {
    for (const double y : b) u += x > y ? 2 : x == y ? 1 : 0;
  }
  return u;
}

struct split {
  std::vector<double> a;
  std::vector<double> b;
};

// Returns all ways to take `of_a` of the samples.
std::vector<split> splits_of(const std::vector<double>& all, int of_a) {
  std::vector<split> splits;
  for (unsigned taken = 0; taken < 1u << all.size(); ++taken) {
    if (std::popcount(taken) != of_a) continue;
    split& parts = splits.emplace_back();
    for (std::size_t i = 0; i < all.size(); ++i) {
      (((taken >> i) & 1u) != 0 ? parts.a : parts.b).push_back(all[i]);
    }
  }
  return splits;
}

// The definition of the p-value.
double p_by_enumeration(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> all(a);
  all.insert(all.end(), b.begin(), b.end());
  const int mean = static_cast<int>(a.size() * b.size());
  const int distance = std::abs(twice_u(a, b) - mean);
  const std::vector<split> splits = splits_of(all, static_cast<int>(a.size()));
  const auto as_far = std::count_if(splits.begin(), splits.end(), [&](const split& split) {
    return std::abs(twice_u(split.a, split.b) - mean) >= distance;
  });
  return static_cast<double>(as_far) / static_cast<double>(splits.size());
}

// Returns samples with many ties.
std::vector<double> rounded_samples(std::mt19937& random, std::size_t n, double scale = 1.2) {
  std::lognormal_distribution<double> skewed(0, 1);
  std::vector<double> samples(n);
  for (double& value : samples) value = std::round(scale * skewed(random));
  return samples;
}

// From tables of the exact distribution: with five and five, U = 2 has 4 of 252 orders at most as
// extreme to one side (P = 0.0159); with nine and nine, U = 17 is the greatest that is significant
// at 5 % to both sides, and U = 11 that at 1 %.
TEST(mann_whitney_p, agrees_with_tables) {
  EXPECT_NEAR(mann_whitney_p({1, 2, 3, 4, 7}, {5, 6, 8, 9, 10}), 8.0 / 252, 1e-9);
  EXPECT_NEAR(mann_whitney_p({1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}), 2.0 / 252, 1e-9);
  const mann_whitney_tails of_nine({1, 2, 3, 4, 5, 6, 7, 8, 9},
                                   {11, 12, 13, 14, 15, 16, 17, 18, 19});
  EXPECT_LT(of_nine.both(2 * 17), 0.05);
  EXPECT_GT(of_nine.both(2 * 18), 0.05);
  EXPECT_LT(of_nine.both(2 * 11), 0.01);
  EXPECT_GT(of_nine.both(2 * 12), 0.01);
}

TEST(mann_whitney_p, is_symmetric_and_never_above_one) {
  const std::vector<double> a{1, 5, 8, 11};
  const std::vector<double> b{2, 3, 9, 10, 12};
  EXPECT_DOUBLE_EQ(mann_whitney_p(a, b), mann_whitney_p(b, a));
  EXPECT_EQ(mann_whitney_p({1, 4}, {2, 3}), 1);
}

// Of the 3432 ways to take 7 of 9 zeros and 5 ones, 36 have all of the ones, and as many none.
TEST(mann_whitney_p, is_exact_with_ties) {
  EXPECT_NEAR(mann_whitney_p({0, 0, 0, 0, 0, 1, 1}, {1, 1, 1, 1, 1, 1, 1}), 72.0 / 3432, 1e-12);
  EXPECT_NEAR(mann_whitney_p({1, 2, 3, 4, 5}, {6, 7, 8, 9, 9}), 2.0 / 252, 1e-12);
  EXPECT_EQ(mann_whitney_p({5, 5, 5, 5, 5}, {5, 5, 5, 5, 5}), 1);
  // All of one are above all of the other, as with counts that never vary.
  EXPECT_NEAR(mann_whitney_p({6, 6, 6, 6, 6}, {5, 5, 5, 5, 5}), 2.0 / 252, 1e-12);
}

TEST(mann_whitney_p, with_ties_agrees_with_an_enumeration) {
  std::mt19937 random(1);
  for (const auto& [of_a, of_b] : {std::pair(1u, 2u), std::pair(3u, 3u), std::pair(5u, 5u),
                                   std::pair(4u, 7u), std::pair(7u, 5u)}) {
    for (int i = 0; i < 20; ++i) {
      const std::vector<double> a = rounded_samples(random, of_a);
      const std::vector<double> b = rounded_samples(random, of_b, 3);
      EXPECT_NEAR(mann_whitney_p(a, b), p_by_enumeration(a, b), 1e-12)
          << testing::PrintToString(a) << ", " << testing::PrintToString(b);
    }
  }
}

// At the rate of the report's comparisons. It holds for all splits of any set of values, so it
// holds for samples of any distribution.
TEST(mann_whitney_p, with_ties_is_below_a_bound_with_at_most_that_probability) {
  std::mt19937 random(1);
  std::vector<std::vector<double>> pools = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1}};
  for (const double scale : {0.5, 1.0, 2.0, 4.0, 8.0}) {
    pools.push_back(rounded_samples(random, 14, scale));
  }
  for (const std::vector<double>& pool : pools) {
    const std::vector<split> splits = splits_of(pool, 7);
    const auto below = std::count_if(splits.begin(), splits.end(), [](const split& split) {
      return mann_whitney_p(split.a, split.b) < 0.01;
    });
    EXPECT_LE(static_cast<double>(below), 0.01 * static_cast<double>(splits.size()))
        << testing::PrintToString(pool);
  }
}

// Ties make U vary less.
TEST(mann_whitney_p, of_many_samples_corrects_for_ties) {
  EXPECT_EQ(mann_whitney_p(std::vector<double>(30, 5), std::vector<double>(30, 5)), 1);
  std::vector<double> a(26, 0);
  std::vector<double> b(26, 0);
  for (std::size_t i = 0; i < 26; ++i) {  // half of each is 0, the others are distinct
    if (i % 2 == 0) continue;
    a[i] = static_cast<double>(i);
    b[i] = i % 4 == 1 ? -static_cast<double>(i) : static_cast<double>(i) + 0.5;
  }
  const std::vector<double> exact = mann_whitney_distribution(26, sizes_of_ties(a, b));
  const int u = twice_u(b, a);
  EXPECT_NEAR(mann_whitney_p(a, b), 2 * std::accumulate(exact.begin(), exact.begin() + u + 1, 0.0),
              0.002);
}

TEST(mann_whitney_p, of_many_samples_is_close_to_the_exact_value) {
  std::vector<double> a;
  std::vector<double> b;
  for (int i = 0; i < 26; ++i) {
    a.push_back(i);
    b.push_back(i + 4.5);
  }
  const double approximated = mann_whitney_p(a, b);
  a.pop_back();
  b.pop_back();
  EXPECT_NEAR(approximated, mann_whitney_p(a, b), 0.02);
}

// The meaning of a false-positive rate: pairs of samples of one distribution.
TEST(mann_whitney_p, is_below_a_bound_with_about_that_probability) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> skewed(0, 1);
  const auto nine = [&] {
    std::vector<double> samples(9);
    for (double& value : samples) value = skewed(random);
    return samples;
  };
  int below = 0;
  for (int i = 0; i < 4000; ++i) below += mann_whitney_p(nine(), nine()) < 0.05 ? 1 : 0;
  EXPECT_GT(below, 4000 * 0.03);
  EXPECT_LT(below, 4000 * 0.06);
}

TEST(mann_whitney_least_p, depends_on_the_sample_sizes) {
  EXPECT_NEAR(mann_whitney_least_p(4, 4), 2.0 / 70, 1e-9);
  EXPECT_NEAR(mann_whitney_least_p(5, 5), 2.0 / 252, 1e-9);
  EXPECT_EQ(mann_whitney_least_p(1, 1), 1);
}

TEST(shift_between, is_the_median_of_all_differences) {
  const shift difference = shift_between({11, 12, 13}, {1, 2, 3}, 0.05);
  EXPECT_EQ(difference.estimate, 10);
  EXPECT_EQ(difference.low, 8);
  EXPECT_EQ(difference.high, 12);
  EXPECT_NEAR(difference.confidence, 1 - 2.0 / 20, 1e-9);  // three and three do not have 95 %
}

// With nine and nine, 17 differences at each end have 2.5 % at most.
TEST(shift_between, excludes_both_ends) {
  std::vector<double> a;
  std::vector<double> b;
  for (int i = 0; i < 9; ++i) {
    a.push_back(100 + 9 * i);
    b.push_back(i);
  }
  std::vector<double> differences;
  for (const double x : a) {
    for (const double y : b) differences.push_back(x - y);
  }
  std::sort(differences.begin(), differences.end());
  const shift difference = shift_between(a, b, 0.05);
  EXPECT_EQ(difference.low, differences[17]);
  EXPECT_EQ(difference.high, differences[81 - 1 - 17]);
  EXPECT_GE(difference.confidence, 0.95);
}

// With ties and without, exact and by the approximation.
TEST(shift_between, has_an_interval_that_contains_0_if_and_only_if_the_test_is_not_significant) {
  constexpr double rate = 0.01;
  std::mt19937 random(1);
  int significant = 0;
  int not_significant = 0;
  for (const std::size_t n : {5u, 7u, 9u, 10u, 30u}) {
    for (int i = 0; i < 200; ++i) {
      std::vector<double> a = rounded_samples(random, n, i % 2 == 0 ? 2 : 1000);
      const std::vector<double> b = rounded_samples(random, n, 1 + i % 7);
      const shift difference = shift_between(a, b, rate);
      if (mann_whitney_p(a, b) < rate) {
        ++significant;
        EXPECT_TRUE(difference.low >= 0 || difference.high <= 0)
            << difference.low << ", " << difference.high;
      } else {
        ++not_significant;
        EXPECT_TRUE(difference.low <= 0 && difference.high >= 0)
            << difference.low << ", " << difference.high;
      }
    }
  }
  EXPECT_GT(significant, 100);
  EXPECT_GT(not_significant, 100);
}

}  // namespace
}  // namespace timed::bench
