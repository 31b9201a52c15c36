// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_HISTORIES_CHOICES_H
#define TIMED_TESTS_HISTORIES_CHOICES_H

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace timed::tests::histories {

/// Where a generator's decisions come from: a seed, or the bytes of a fuzzer.
class choices {
 public:
  explicit choices(std::uint64_t seed) : random_(seed) {}
  explicit choices(std::span<const std::uint8_t> bytes) : bytes_(bytes), has_bytes_(true) {}

  /// Returns a number below `bound`, which is at most 65536.
  std::size_t below(std::size_t bound) {
    if (!has_bytes_) return static_cast<std::size_t>(random_() % bound);
    std::size_t number = next_byte();
    if (bound > 256) number = number << 8 | next_byte();
    return number % bound;
  }

  bool one_in(std::size_t count) { return below(count) == count - 1; }

  /// Returns whether the bytes are used up.
  bool is_exhausted() const { return has_bytes_ && bytes_.empty(); }

 private:
  std::uint8_t next_byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }

  std::mt19937_64 random_;
  std::span<const std::uint8_t> bytes_;
  bool has_bytes_ = false;
};

}  // namespace timed::tests::histories

#endif  // TIMED_TESTS_HISTORIES_CHOICES_H
