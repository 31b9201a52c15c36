// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_LIBEVENT_WRITES_H
#define TIMED_BENCH_CONTENDERS_LIBEVENT_WRITES_H

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "bench/contenders/libevent_base.h"

namespace timed::bench::contenders {

/// The same as `closed_loop`, by a libevent `bufferevent` on an event loop of its own: bytes are
/// put into its buffer, from which it writes them when the socket is writable, and its write
/// callback, which is called when the buffer is empty, puts in the next ones. With a deadline, the
/// bufferevent has a write timeout of 30 s, which counts for each wait afresh.
class libevent_writes {
 public:
  static constexpr std::string_view name = "libevent";

  /// @param descriptor Of the socket to write to; it stays the caller's.
  /// @param data Likewise.
  /// @param background_deadlines_count How many other timers are pending in its loop.
  /// @throws std::exception
  libevent_writes(int descriptor, const std::vector<char>& data,
                  std::size_t background_deadlines_count);

  void set_deadlines(bool whether);

  /// As `closed_loop::run`.
  std::chrono::steady_clock::duration run(std::size_t writes);

 private:
  void next();
  void on_written();
  void on_event(short what);

  const std::vector<char>& data_;
  owned_event_base base_;
  std::vector<owned_event> background_;
  owned_bufferevent stream_;
  std::size_t remaining_ = 0;
  short failure_ = 0;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_LIBEVENT_WRITES_H
