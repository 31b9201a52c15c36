// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_ON_TIMED_STREAM_H
#define TIMED_BENCH_CONTENDERS_ON_TIMED_STREAM_H

#include <utility>

#include "bench/contenders/background_deadlines.h"
#include "timed/basic_stream.h"
#include "timed/error.h"

namespace timed::bench::contenders {

/// Defaults of contenders that use our stream, or the socket in it.
struct on_timed_stream {
  template <class Protocol, class Executor>
  using stream = basic_stream<Protocol, Executor>;

  /// Whether it can run on this program's backend.
  static constexpr bool runs_here = true;

  /// The other deadlines pending during the measurement.
  using background = timed_deadlines;

  /// Whether the deadline queue wakes up while writes are measured.
  static constexpr bool wakes_queue = false;

  /// Applies settings that last for all operations.
  template <class Stream>
  static void prepare(Stream&) {}

  /// Called before each operation.
  template <class Stream>
  static void set_deadline(Stream&) {}

  /// Reverts the settings of both.
  template <class Stream>
  static void undo(Stream& stream) {
    stream.expires_never();
  }

  /// Starts an operation.
  template <class Operation, class Stream, class Buffer, class Token>
  static auto start(Stream& stream, Buffer buffer, Token&& token) {
    return Operation::start(stream, buffer, std::forward<Token>(token));
  }

  /// @return Whether the code is that of an operation whose deadline has passed.
  static bool is_timeout(error_code ec) { return ec == error::timeout; }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_ON_TIMED_STREAM_H
