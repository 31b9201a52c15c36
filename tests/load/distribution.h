// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Distributions of durations that one process records and another one reads, which a library's
// histogram on the heap cannot be. Exact to 1/32.

#ifndef TIMED_TESTS_LOAD_DISTRIBUTION_H
#define TIMED_TESTS_LOAD_DISTRIBUTION_H

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace timed::tests::load {

/// Each power of two is divided into 32 buckets; what takes longer than 18 minutes is in the last.
struct buckets {
  static constexpr std::uint64_t parts = 32;
  static constexpr std::uint64_t ns_max = (std::uint64_t{1} << 40) - 1;

  static constexpr std::size_t of(std::uint64_t ns) {
    ns = std::min(ns, ns_max);
    if (ns < parts) return ns;
    const auto shift = static_cast<std::uint64_t>(std::bit_width(ns)) - 6;
    return shift * parts + (ns >> shift);
  }

  /// The longest duration in a bucket.
  static constexpr std::uint64_t last_of(std::size_t bucket) {
    if (bucket < parts) return bucket;
    const std::uint64_t shift = bucket / parts - 1;
    return ((parts + bucket % parts + 1) << shift) - 1;
  }

  static constexpr std::size_t count = 36 * parts;
};
static_assert(buckets::of(buckets::ns_max) == buckets::count - 1);
static_assert(buckets::last_of(buckets::count - 1) == buckets::ns_max);
static_assert(buckets::last_of(buckets::of(1'000'000)) - 1'000'000 < 1'000'000 / 32);

/// How often something took how long.
class distribution {
 public:
  std::uint64_t count() const {
    std::uint64_t all = 0;
    for (const std::uint64_t each : counts_) all += each;
    return all;
  }

  /// @param part From 0 to 1: 1 is the longest.
  std::chrono::nanoseconds percentile(double part) const {
    const auto rank = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count())));
    std::uint64_t passed = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      passed += counts_[i];
      if (passed >= rank && passed > 0) {
        return std::chrono::nanoseconds(static_cast<std::int64_t>(buckets::last_of(i)));
      }
    }
    return {};
  }

  /// What was recorded after `earlier` was.
  distribution since(const distribution& earlier) const {
    distribution difference = *this;
    for (std::size_t i = 0; i < counts_.size(); ++i) difference.counts_[i] -= earlier.counts_[i];
    return difference;
  }

 private:
  friend class recorder;
  std::array<std::uint64_t, buckets::count> counts_{};
};

/// Records durations in memory that processes share. One process records; others read.
class recorder {
 public:
  /// A negative duration counts as zero.
  void record(std::chrono::nanoseconds taken) {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(taken.count(), 0));
    counts_[buckets::of(ns)].fetch_add(1, std::memory_order_relaxed);
  }

  distribution read() const {
    distribution copy;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      copy.counts_[i] = counts_[i].load(std::memory_order_relaxed);
    }
    return copy;
  }

 private:
  std::array<std::atomic<std::uint64_t>, buckets::count> counts_{};
};

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_DISTRIBUTION_H
