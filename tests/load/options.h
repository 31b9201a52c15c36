// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_LOAD_OPTIONS_H
#define TIMED_TESTS_LOAD_OPTIONS_H

#include <chrono>

#include "timed/detail/sanitizers.h"

namespace timed::tests::load {

using clock = std::chrono::steady_clock;
using time_point = clock::time_point;
using std::chrono::nanoseconds;

/// A request: the server's answer is the same bytes.
constexpr int request_bytes = 64;

/// How much a server's memory may grow while connections come and go. A sanitizer keeps back what
/// is freed, 256 MiB of it.
#if TIMED_ADDRESS_SANITIZER || TIMED_THREAD_SANITIZER
constexpr double memory_growth_mib_allowed = 512;
#else
constexpr double memory_growth_mib_allowed = 64;
#endif

/// The time that a session gives its peer.
struct limits {
  nanoseconds idle;     ///< For each read.
  nanoseconds request;  ///< For a whole request, from its first byte.
  nanoseconds write;    ///< For each write.
};

/// What a run does. The defaults are for the ordinary test.
struct options {
  bool uses_beast = false;  ///< Beast's stream instead of ours.

  int connections = 300;  ///< Of all peers below that stay connected; the others are good ones.
  int slow = 100;
  int flooders = 1;
  int never_reading = 4;
  double resets_per_s = 100;
  double visits_per_s = 100;  ///< Connections that are opened and closed.

  double requests_per_s = 500;   ///< Of all good peers together.
  double connects_per_s = 1000;  ///< Of the good and slow ones, each, at the start.
  int seconds = 3;               ///< How long good peers make requests.

  limits of_strangers{.idle = std::chrono::seconds(1),
                      .request = std::chrono::seconds(2),
                      .write = std::chrono::seconds(1)};
  /// Of the good peers. Not what is tested: a busy machine is not to be taken for a slow peer.
  limits of_good{.idle = std::chrono::minutes(5),
                 .request = std::chrono::minutes(5),
                 .write = std::chrono::minutes(5)};
  nanoseconds drip = std::chrono::milliseconds(200);  ///< From one byte of a slow peer to the next.

  nanoseconds report_every = std::chrono::minutes(1);
  /// How long an answer or a timeout may be overdue, or an orderly end may take.
  nanoseconds patience = std::chrono::seconds(10);
  double memory_growth_mib_max = memory_growth_mib_allowed;

  nanoseconds duration() const { return std::chrono::seconds(seconds); }
  int good() const { return connections - slow - flooders - never_reading; }
};

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_OPTIONS_H
