// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_LIBEVENT_PING_PONG_H
#define TIMED_BENCH_CONTENDERS_LIBEVENT_PING_PONG_H

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "bench/contenders/libevent/base.h"

namespace timed::bench::contenders {

/// `ping_pong` on libevent: each end is a `bufferevent` with timeouts of 30 s for reads and for
/// writes, whose read callback moves the message to its output. There are no other timers in its
/// loop.
class libevent_ping_pong {
 public:
  static constexpr std::string_view name = "libevent";
  static constexpr bool is_on_backend = true;

  /// @throws std::exception
  explicit libevent_ping_pong(std::size_t connections);
  ~libevent_ping_pong();

  /// As `ping_pong::run`.
  std::chrono::duration<double, std::nano> run(std::size_t round_trips);

 private:
  struct end;

  owned_event_base base_;
  std::vector<std::unique_ptr<end>> clients_;
  std::vector<std::unique_ptr<end>> servers_;
  std::size_t left_to_begin_ = 0;
  std::size_t left_to_end_ = 0;
  short failure_ = 0;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_LIBEVENT_PING_PONG_H
