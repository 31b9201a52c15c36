// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_LIBURING_PING_PONG_H
#define TIMED_BENCH_CONTENDERS_LIBURING_PING_PONG_H

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "bench/contenders/liburing_ring.h"

namespace timed::bench::contenders {

/// How to use a ring. As it is made, it is as ours.
struct ring_use {
  ring_setup ring{};
  bool has_registered_files = true;  ///< which an operation need not look up
  bool polls_first = true;           ///< instead of trying a read that will find nothing
  bool writes_through_ring = true;   ///< instead of by send(2)
  bool has_deadlines = false;        ///< of 30 s each, by LINK_TIMEOUT
};

/// The same as `ping_pong`, by hand on a ring: no handlers, no executor, no cancellation, no
/// deadline; state in an array. It reads through the ring.
class liburing_loop {
 public:
  /// @throws std::system_error
  liburing_loop(std::size_t connections, const ring_use& use);
  liburing_loop(const liburing_loop&) = delete;
  liburing_loop& operator=(const liburing_loop&) = delete;
  ~liburing_loop();

  /// As `ping_pong::run`.
  std::chrono::duration<double, std::nano> run(std::size_t round_trips);

 private:
  struct end;

  void connect(end& a, end& b);
  void register_files();
  void submit(io_uring_sqe& sqe, end& at);
  void read(end& at);
  void write(end& at);

  const ring_use use_;
  __kernel_timespec timeout_{.tv_sec = 30, .tv_nsec = 0};
  std::vector<end> ends_;
  liburing_ring<end> ring_;  // which is closed before their memory goes
};

/// That loop as a contender.
class liburing_ping_pong {
 public:
  static constexpr bool is_on_backend = false;

  std::chrono::duration<double, std::nano> run(std::size_t round_trips) {
    return loop_.run(round_trips);
  }

 protected:
  liburing_ping_pong(std::size_t connections, const ring_use& use) : loop_(connections, use) {}

 private:
  liburing_loop loop_;
};

/// All through the ring.
struct liburing_ring_ping_pong : liburing_ping_pong {
  static constexpr std::string_view name = "liburing";
  explicit liburing_ring_ping_pong(std::size_t connections) : liburing_ping_pong(connections, {}) {}
};

/// Likewise, on a ring whose completions come by themselves: slower with one connection, and faster
/// with many.
struct liburing_coop_ping_pong : liburing_ping_pong {
  static constexpr std::string_view name = "liburing_coop_taskrun";
  explicit liburing_coop_ping_pong(std::size_t connections)
      : liburing_ping_pong(connections, {.ring = {.flags = IORING_SETUP_COOP_TASKRUN}}) {}
};

/// Writes by send(2).
struct liburing_send_ping_pong : liburing_ping_pong {
  static constexpr std::string_view name = "liburing_send";
  explicit liburing_send_ping_pong(std::size_t connections)
      : liburing_ping_pong(connections, {.writes_through_ring = false}) {}
};

/// All through the ring, each read and each write with a deadline.
struct liburing_link_timeout_ping_pong : liburing_ping_pong {
  static constexpr std::string_view name = "liburing_link_timeout";
  explicit liburing_link_timeout_ping_pong(std::size_t connections)
      : liburing_ping_pong(connections, {.has_deadlines = true}) {}
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_LIBURING_PING_PONG_H
