// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_RAW_EPOLL_PING_PONG_H
#define TIMED_BENCH_CONTENDERS_RAW_EPOLL_PING_PONG_H

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "bench/contenders/raw_epoll/epoll_set.h"

namespace timed::bench::contenders {

/// `ping_pong` directly on epoll: no handlers, no executor, no cancellation, no deadline; state in
/// an array. Edge-triggered: an end that has read a message gets no other one before it has
/// answered, so it never reads twice.
class raw_epoll_ping_pong {
 public:
  static constexpr std::string_view name = "raw_epoll";
  static constexpr bool is_on_backend = true;

  /// @throws std::system_error
  explicit raw_epoll_ping_pong(std::size_t connections);
  ~raw_epoll_ping_pong();

  /// As `ping_pong::run`.
  std::chrono::duration<double, std::nano> run(std::size_t round_trips);

 private:
  struct end;

  void add(end& at, int descriptor);

  std::vector<end> ends_;
  epoll_set<end> set_;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_RAW_EPOLL_PING_PONG_H
