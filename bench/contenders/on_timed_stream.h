// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_ON_TIMED_STREAM_H
#define TIMED_BENCH_CONTENDERS_ON_TIMED_STREAM_H

#include "bench/support/background_deadlines.h"
#include "timed/basic_stream.h"

namespace timed::bench::contenders {

struct timed_never;

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

  /// The same without a deadline.
  using untimed = timed_never;

  /// Sets what stays set from one write to the next, and takes it back.
  template <class Stream>
  static void prepare(Stream&) {}
  template <class Stream>
  static void undo(Stream& stream) {
    stream.expires_never();
  }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_ON_TIMED_STREAM_H
