// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The interface of contenders on this program's backend: a class with static members, which the
// drivers are templates over. This base class has the defaults; a contender replaces what differs,
// and adds
//
//   static constexpr std::string_view name;         // in the names of entries
//   template <class Protocol, class Executor>
//   using stream;                                   // a stream or a socket
//   using untimed;                                  // the same contender without a deadline
//
// and, if its operations can time out,
//
//   // Starts an operation whose deadline passes after a time.
//   template <class Operation>
//   static void start_expiring(auto& stream, auto buffer, std::chrono::milliseconds after, auto
//   handler);
//
// Contenders with their own event loop have no such class: they implement what a driver does.

#ifndef TIMED_BENCH_CONTENDERS_CONTENDER_H
#define TIMED_BENCH_CONTENDERS_CONTENDER_H

#include <utility>

#include "bench/contenders/background_deadlines.h"
#include "timed/backend.h"
#include "timed/error.h"

namespace timed::bench::contenders {

/// @return The socket of a stream; a socket itself.
auto& socket_of(auto& stream) {
  if constexpr (requires { stream.socket(); }) {
    return stream.socket();
  } else {
    return stream;
  }
}

struct contender {
  /// Whether it can run on this program's backend.
  static constexpr bool runs_here = true;

  /// The context that runs its operations.
  using context = backend::io_context;

  /// The other deadlines pending during the measurement.
  using background = timed_deadlines;

  /// Whether the deadline queue wakes up while writes are measured.
  static constexpr bool wakes_queue = false;

  /// Applies settings that last for all operations.
  static void prepare(auto& /*stream*/) {}

  /// Called before each operation.
  static void set_deadline(auto& /*stream*/) {}

  /// Reverts the settings of both.
  static void undo(auto& /*stream*/) {}

  /// Starts one of the operations of operations.h.
  template <class Operation>
  static auto start(auto& stream, auto buffer, auto&& token) {
    return Operation::start(stream, buffer, std::forward<decltype(token)>(token));
  }

  /// Starts a connect.
  static auto connect(auto& stream, const auto& endpoint, auto&& token) {
    return stream.async_connect(endpoint, std::forward<decltype(token)>(token));
  }

  /// @return Whether the code is that of an operation whose deadline has passed.
  static bool is_timeout(error_code ec) { return ec == error::timeout; }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_CONTENDER_H
