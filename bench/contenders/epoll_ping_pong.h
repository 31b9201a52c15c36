// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_EPOLL_PING_PONG_H
#define TIMED_BENCH_CONTENDERS_EPOLL_PING_PONG_H

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "bench/contenders/epoll_set.h"

namespace timed::bench::contenders {

/// The same as `ping_pong`, by hand on epoll: no handlers, no executor, no cancellation, no
/// deadline; state in an array. Edge-triggered: an end that has read a message gets no other before
/// it has answered, so there is nothing to try another read for.
class epoll_ping_pong {
 public:
  static constexpr std::string_view name = "epoll_by_hand";
  static constexpr bool is_on_backend = true;

  /// @throws std::system_error
  explicit epoll_ping_pong(std::size_t connections);
  ~epoll_ping_pong();

  /// As `ping_pong::run`.
  std::chrono::duration<double, std::nano> run(std::size_t round_trips);

 private:
  struct end;

  void add(end& at, int descriptor);

  std::vector<end> ends_;
  epoll_set<end> set_;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_EPOLL_PING_PONG_H
