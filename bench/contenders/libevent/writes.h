// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_LIBEVENT_WRITES_H
#define TIMED_BENCH_CONTENDERS_LIBEVENT_WRITES_H

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "bench/contenders/libevent/base.h"

namespace timed::bench::contenders {

/// `closed_loop` on libevent: a `bufferevent` writes its output buffer when the socket is writable,
/// and its write callback, called when the buffer is empty, adds the next message. With deadlines,
/// the bufferevent has a write timeout of 30 s, which restarts with each wait.
class libevent_writes {
 public:
  static constexpr std::string_view name = "libevent";

  /// @param descriptor Of the socket to write to; the caller keeps ownership.
  /// @param data Bytes of each write; the caller keeps them alive.
  /// @param background_deadlines_count Number of other timers pending in its loop.
  /// @throws std::exception
  libevent_writes(int descriptor, const std::vector<char>& data,
                  std::size_t background_deadlines_count);

  void set_deadlines(bool enabled);

  /// As `closed_loop::run`.
  std::chrono::steady_clock::duration run(std::size_t writes);

 private:
  void next();
  void on_written();
  void on_event(short what);

  const std::vector<char>& data_;
  owned_event_base base_;
  const ::timeval* timeout_;
  std::vector<owned_event> background_;
  owned_bufferevent stream_;
  std::size_t remaining_ = 0;
  short failure_ = 0;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_LIBEVENT_WRITES_H
