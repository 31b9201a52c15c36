// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_LOAD_OUTCOME_H
#define TIMED_TESTS_LOAD_OUTCOME_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/load/distribution.h"
#include "tests/load/options.h"
#include "tests/load/process.h"
#include "tests/load/shared_state.h"

namespace timed::tests::load {

/// The state of a run at a moment.
struct sample {
  usage server{};
  std::uint64_t open = 0;          ///< Sessions.
  std::uint64_t open_at_most = 0;  ///< While the descriptors were counted.
  std::uint64_t answered = 0;
  distribution latency;
  distribution timeouts_late;
};

sample sample_of(const run_state& state, const process& server);

/// What a run has shown.
struct outcome {
  std::string_view backend;
  sample before;   ///< No connection has been made.
  sample settled;  ///< All peers are there, and a part of the time has passed.
  sample last;     ///< The end of the time.
  sample after;    ///< All connections have ended.
  std::uint64_t open_max = 0;
  double bytes_per_session = 0;           ///< Resident, when the most sessions were open.
  std::int64_t descriptors_too_many = 0;  ///< Beside those of sessions, at most.

  /// Takes account of a moment in the run.
  void observe(const sample& now);
};

/// @return In words, what should not have been; nothing if all is as it should be.
std::vector<std::string> faults_of(const outcome& seen, const options& chosen,
                                   const run_state& state);

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_OUTCOME_H
