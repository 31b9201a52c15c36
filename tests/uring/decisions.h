// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_URING_DECISIONS_H
#define TIMED_TESTS_URING_DECISIONS_H

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace timed::uring::tests {

/// Where a simulated kernel's decisions come from.
class decisions {
 public:
  virtual ~decisions() = default;

  /// Returns whether something unusual happens, as it does in so many percent of the cases.
  virtual bool chance(unsigned percent) = 0;

  /// Returns a number below `count`.
  virtual std::size_t below(std::size_t count) = 0;

  /// Reorders a container, unless nothing unusual happens.
  template <class Container>
  void shuffle(Container& all) {
    for (std::size_t left = all.size(); left > 1; --left) {
      if (!chance(75)) continue;
      const std::size_t first = all.size() - left;
      std::swap(all[first], all[first + 1 + below(left - 1)]);
    }
  }
};

/// At random, the same for the same seed.
class random_decisions final : public decisions {
 public:
  explicit random_decisions(std::uint64_t seed) : random_(seed) {}

  bool chance(unsigned percent) override { return random_() % 100 < percent; }
  std::size_t below(std::size_t count) override { return random_() % count; }

 private:
  std::mt19937_64 random_;
};

/// All that can be decided, one run of a program after the other:
///
/// @code
/// every_decision decide(1);
/// do {
///   run_the_program(decide);
/// } while (decide.next());
/// @endcode
///
/// The program has to do the same after the same decisions. What is unusual may happen a limited
/// number of times per run, as in bounded model checkers: few are enough for most faults, and all
/// combinations are too many.
class every_decision final : public decisions {
 public:
  explicit every_decision(std::size_t unusual_limit) : unusual_limit_(unusual_limit) {}

  bool chance(unsigned) override { return decide(2, true) != 0; }

  /// Of more than eight only the first and the last.
  std::size_t below(std::size_t count) override {
    return count <= 8 ? decide(count, false) : decide(2, false) * (count - 1);
  }

  /// Makes the next run decide differently.
  /// @return Whether there is one.
  bool next();

  /// Decisions of the current run up to the last one that is not 0, for messages.
  std::string path() const;

 private:
  struct decision {
    std::size_t made, count;
    bool is_of_chance;
    std::size_t unusual_before;

    std::size_t unusual() const { return unusual_before + (is_of_chance && made != 0 ? 1 : 0); }
  };

  std::size_t decide(std::size_t count, bool is_of_chance);

  const std::size_t unusual_limit_;
  std::vector<decision> path_;
  std::size_t position_ = 0;
};

}  // namespace timed::uring::tests

#endif  // TIMED_TESTS_URING_DECISIONS_H
