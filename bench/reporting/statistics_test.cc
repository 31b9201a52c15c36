// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/support/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <random>
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

TEST(median_interval, of_a_single_sample_is_not_to_be_trusted) {
  EXPECT_EQ(median_interval({1}, 0.95).confidence, 0);
}

// From a table of the sign test: of 9, the 2nd from below and from above have 96.1 %; of 25, the
// 8th have 95.7 %.
TEST(median_interval, of_many_leaves_out_both_ends) {
  const interval of_nine = median_interval({1, 2, 3, 4, 5, 6, 7, 8, 9}, 0.95);
  EXPECT_EQ(of_nine.low, 2);
  EXPECT_EQ(of_nine.high, 8);
  EXPECT_NEAR(of_nine.confidence, 0.961, 0.001);
  std::vector<double> samples(25);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<double>(i + 1);
  const interval is = median_interval(samples, 0.95);
  EXPECT_EQ(is.low, 8);
  EXPECT_EQ(is.high, 18);
  EXPECT_NEAR(is.confidence, 0.957, 0.001);
}

// Of the 6 orders of two and two, U is 0, 1, 2, 2, 3, 4.
TEST(mann_whitney_distribution, counts_all_orders) {
  EXPECT_THAT(mann_whitney_distribution(2, 2),
              ElementsAre(testing::DoubleEq(1.0 / 6), testing::DoubleEq(1.0 / 6),
                          testing::DoubleEq(2.0 / 6), testing::DoubleEq(1.0 / 6),
                          testing::DoubleEq(1.0 / 6)));
  const std::vector<double> many = mann_whitney_distribution(40, 7);
  EXPECT_EQ(many.size(), 281u);
  EXPECT_NEAR(std::accumulate(many.begin(), many.end(), 0.0), 1, 1e-12);
}

// From tables of the exact distribution: with five and five, U = 2 has 4 of 252 orders at most as
// extreme to one side (P = 0.0159); with nine and nine, U = 17 is the greatest that is significant
// at 5 % to both sides, and U = 11 that at 1 %.
TEST(mann_whitney_p, is_that_of_the_tables) {
  EXPECT_NEAR(mann_whitney_p({1, 2, 3, 4, 7}, {5, 6, 8, 9, 10}), 8.0 / 252, 1e-9);
  EXPECT_NEAR(mann_whitney_p({1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}), 2.0 / 252, 1e-9);
  const std::vector<double> of_nine = mann_whitney_distribution(9, 9);
  const auto both_sides_up_to = [&](int u) {
    return 2 * std::accumulate(of_nine.begin(), of_nine.begin() + u + 1, 0.0);
  };
  EXPECT_LT(both_sides_up_to(17), 0.05);
  EXPECT_GT(both_sides_up_to(18), 0.05);
  EXPECT_LT(both_sides_up_to(11), 0.01);
  EXPECT_GT(both_sides_up_to(12), 0.01);
}

TEST(mann_whitney_p, is_the_same_from_both_sides_and_never_above_one) {
  const std::vector<double> a{1, 5, 8, 11};
  const std::vector<double> b{2, 3, 9, 10, 12};
  EXPECT_DOUBLE_EQ(mann_whitney_p(a, b), mann_whitney_p(b, a));
  EXPECT_EQ(mann_whitney_p({1, 4}, {2, 3}), 1);
}

// By hand: U = 1 of 9 pairs; tied are a group of three and one of two, so that the variance is
// 9 / 12 * (7 - (24 + 6) / 30) = 4.5, and z = (4.5 - 1 - 0.5) / sqrt(4.5) = sqrt(2).
TEST(mann_whitney_p, corrects_for_ties_and_continuity) {
  EXPECT_NEAR(mann_whitney_p({1, 2, 2}, {2, 3, 3}), 0.1573, 1e-4);
  EXPECT_EQ(mann_whitney_p({5, 5, 5, 5, 5}, {5, 5, 5, 5, 5}), 1);
  // All of one are above all of the other, as with counts that never vary.
  EXPECT_LT(mann_whitney_p({6, 6, 6, 6, 6}, {5, 5, 5, 5, 5}), 0.01);
}

TEST(mann_whitney_p, of_many_is_near_the_exact_one) {
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

// What a rate of false positives means: two samples of one distribution, a thousand times.
TEST(mann_whitney_p, is_below_its_bound_as_often_as_the_bound_says) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> skewed(0, 1);
  const auto nine = [&] {
    std::vector<double> samples(9);
    for (double& each : samples) each = skewed(random);
    return samples;
  };
  int below = 0;
  for (int i = 0; i < 4000; ++i) below += mann_whitney_p(nine(), nine()) < 0.05 ? 1 : 0;
  EXPECT_GT(below, 4000 * 0.03);
  EXPECT_LT(below, 4000 * 0.06);
}

TEST(mann_whitney_least_p, tells_how_many_samples_are_needed) {
  EXPECT_NEAR(mann_whitney_least_p(4, 4), 2.0 / 70, 1e-9);
  EXPECT_NEAR(mann_whitney_least_p(5, 5), 2.0 / 252, 1e-9);
  EXPECT_EQ(mann_whitney_least_p(1, 1), 1);
}

TEST(shift_between, is_the_median_of_all_differences) {
  const shift is = shift_between({11, 12, 13}, {1, 2, 3}, 0.95);
  EXPECT_EQ(is.estimate, 10);
  EXPECT_EQ(is.low, 8);
  EXPECT_EQ(is.high, 12);
  EXPECT_NEAR(is.confidence, 1 - 2.0 / 20, 1e-9);  // three and three do not have 95 %
}

// With nine and nine, 17 differences at each end have 2.5 % at most.
TEST(shift_between, leaves_out_both_ends) {
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
  const shift is = shift_between(a, b, 0.95);
  EXPECT_EQ(is.low, differences[17]);
  EXPECT_EQ(is.high, differences[81 - 1 - 17]);
  EXPECT_GE(is.confidence, 0.95);
}

}  // namespace
}  // namespace timed::bench
