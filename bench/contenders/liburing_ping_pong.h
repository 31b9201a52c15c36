// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_LIBURING_PING_PONG_H
#define TIMED_BENCH_CONTENDERS_LIBURING_PING_PONG_H

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

namespace timed::bench::contenders {

/// The same as `ping_pong`, by hand on a ring: no handlers, no executor, no cancellation, no
/// deadline; state in an array. It reads through the ring (`POLL_FIRST`), with the flags that ours
/// has.
///
/// @tparam ThroughRing Whether it writes through the ring too, or by send(2).
template <bool ThroughRing>
class liburing_ping_pong {
 public:
  static constexpr std::string_view name = ThroughRing ? "liburing" : "liburing_send";
  static constexpr bool is_on_backend = false;

  explicit liburing_ping_pong(std::size_t connections);
  ~liburing_ping_pong();

  /// As `ping_pong::run`.
  std::chrono::duration<double, std::nano> run(std::size_t round_trips);

 private:
  class loop;
  std::unique_ptr<loop> loop_;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_LIBURING_PING_PONG_H
