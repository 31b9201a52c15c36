// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Plays many histories, each lot of them in a process of its own: so one that crashes or hangs is
// found, shrunk and printed as any other.

#ifndef TIMED_TESTS_HISTORIES_RUNNER_H
#define TIMED_TESTS_HISTORIES_RUNNER_H

#include <cstdint>
#include <optional>
#include <string>

#include "tests/histories/steps.h"
#include "tests/histories/world.h"
#include "timed/detail/cheap_clock.h"

namespace timed::tests::histories {

/// In which circumstances a history is played.
struct setting {
  const world* in = nullptr;
  bool is_manual = false;
  detail::time_source clock = detail::time_source::coarse;

  std::string name() const;
};

struct verdict {
  totals done;
  std::string complaint;   ///< What is wrong; empty if nothing is.
  std::uint64_t seed = 0;  ///< Of the history that it is about.
};

/// Returns why the backend cannot be used here; empty if it can. Asks in another process: this one
/// is not to have used it when it forks.
std::string unavailable_reason();

/// Returns the history of a seed.
history history_of(const setting& where, std::uint64_t seed);

/// Plays the histories from a seed on, until they have started so many operations.
verdict play_seeds(const setting& where, std::uint64_t first_seed, std::uint64_t operations);

/// Plays one history.
/// @param attempts How often, at most: in real time, not each fails.
verdict play_one(const setting& where, const history& what, int attempts);

/// Drops steps of a history that fails, as long as it still does.
history shrink(const setting& where, history what);

}  // namespace timed::tests::histories

#endif  // TIMED_TESTS_HISTORIES_RUNNER_H
