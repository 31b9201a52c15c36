// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_ON_TIMED_STREAM_H
#define TIMED_BENCH_CONTENDERS_ON_TIMED_STREAM_H

#include <utility>

#include "bench/support/background_deadlines.h"
#include "timed/basic_stream.h"
#include "timed/error.h"

namespace timed::bench::contenders {

/// What contenders have in common that write to our stream, or to the socket in it.
struct on_timed_stream {
  template <class Protocol, class Executor>
  using stream = basic_stream<Protocol, Executor>;

  /// Whether it can be run on this program's backend.
  static constexpr bool runs_here = true;

  /// The other deadlines that are pending meanwhile.
  using background = timed_deadlines;

  /// Whether the queue wakes up for them while writes are measured.
  static constexpr bool deadlines_come_up = false;

  /// Sets what stays set from one operation to the next.
  template <class Stream>
  static void prepare(Stream&) {}

  /// Called before each operation.
  template <class Stream>
  static void set_deadline(Stream&) {}

  /// Takes back what either of them has set.
  template <class Stream>
  static void undo(Stream& stream) {
    stream.expires_never();
  }

  /// Starts an operation.
  template <class Operation, class Stream, class Buffer, class Token>
  static auto start(Stream& stream, Buffer buffer, Token&& token) {
    return Operation::start(stream, buffer, std::forward<Token>(token));
  }

  /// Whether that is what an operation gets whose deadline has passed.
  static bool is_timeout(error_code ec) { return ec == error::timeout; }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_ON_TIMED_STREAM_H
