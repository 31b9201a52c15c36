// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_RAW_LIBURING_PING_PONG_H
#define TIMED_BENCH_CONTENDERS_RAW_LIBURING_PING_PONG_H

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "bench/contenders/raw_liburing/ring.h"

namespace timed::bench::contenders {

/// How to use a ring. The defaults are those of the native backend.
struct ring_use {
  ring_setup ring{};
  bool has_registered_files = true;  ///< spares the look-up of the descriptor per operation
  bool polls_first = true;           ///< instead of a first read that would return EAGAIN
  bool writes_through_ring = true;   ///< instead of with send(2)
  bool receives_multishot = false;   ///< into provided buffers, instead of an operation per read
  bool has_deadlines = false;        ///< of 30 s each, by LINK_TIMEOUT
};

/// `ping_pong` directly on liburing: no handlers, no executor, no cancellation, no deadline; state
/// in an array. It reads through the ring.
class raw_liburing_loop {
 public:
  /// @throws std::system_error
  raw_liburing_loop(std::size_t connections, const ring_use& use);
  raw_liburing_loop(const raw_liburing_loop&) = delete;
  raw_liburing_loop& operator=(const raw_liburing_loop&) = delete;
  ~raw_liburing_loop();

  /// As `ping_pong::run`.
  std::chrono::duration<double, std::nano> run(std::size_t round_trips);

 private:
  struct end;

  void connect(end& a, end& b);
  void register_files();
  void submit(io_uring_sqe& sqe, end& at);
  void read(end& at);
  void receive(end& at);
  bool has_read(end& at, const io_uring_cqe& completion);
  void write(end& at);

  const ring_use use_;
  __kernel_timespec timeout_{.tv_sec = 30, .tv_nsec = 0};
  std::vector<end> ends_;
  raw_liburing_ring<end> ring_;  // destroyed before the memory of the ends
};

/// That loop as a contender.
class raw_liburing_ping_pong {
 public:
  static constexpr bool is_on_backend = false;

  std::chrono::duration<double, std::nano> run(std::size_t round_trips) {
    return loop_.run(round_trips);
  }

 protected:
  raw_liburing_ping_pong(std::size_t connections, const ring_use& use) : loop_(connections, use) {}

 private:
  raw_liburing_loop loop_;
};

/// Reads and writes through the ring.
struct raw_liburing_ring_ping_pong : raw_liburing_ping_pong {
  static constexpr std::string_view name = "raw_liburing";
  explicit raw_liburing_ring_ping_pong(std::size_t connections)
      : raw_liburing_ping_pong(connections, {}) {}
};

/// The same with COOP_TASKRUN instead of DEFER_TASKRUN: slower with one connection, faster with
/// many.
struct raw_liburing_coop_ping_pong : raw_liburing_ping_pong {
  static constexpr std::string_view name = "raw_liburing_coop_taskrun";
  explicit raw_liburing_coop_ping_pong(std::size_t connections)
      : raw_liburing_ping_pong(connections, {.ring = {.flags = IORING_SETUP_COOP_TASKRUN}}) {}
};

/// Writes with send(2).
struct raw_liburing_send_ping_pong : raw_liburing_ping_pong {
  static constexpr std::string_view name = "raw_liburing_send";
  explicit raw_liburing_send_ping_pong(std::size_t connections)
      : raw_liburing_ping_pong(connections, {.writes_through_ring = false}) {}
};

/// Receives with one multishot operation per connection, into provided buffers; copies out of them.
struct raw_liburing_multishot_ping_pong : raw_liburing_ping_pong {
  static constexpr std::string_view name = "raw_liburing_multishot";
  explicit raw_liburing_multishot_ping_pong(std::size_t connections)
      : raw_liburing_ping_pong(connections, {.receives_multishot = true}) {}
};

/// The same with COOP_TASKRUN.
struct raw_liburing_multishot_coop_ping_pong : raw_liburing_ping_pong {
  static constexpr std::string_view name = "raw_liburing_multishot_coop_taskrun";
  explicit raw_liburing_multishot_coop_ping_pong(std::size_t connections)
      : raw_liburing_ping_pong(connections, {.ring = {.flags = IORING_SETUP_COOP_TASKRUN},
                                             .receives_multishot = true}) {}
};

/// Reads and writes through the ring, each with a deadline.
struct raw_liburing_link_timeout_ping_pong : raw_liburing_ping_pong {
  static constexpr std::string_view name = "raw_liburing_link_timeout";
  explicit raw_liburing_link_timeout_ping_pong(std::size_t connections)
      : raw_liburing_ping_pong(connections, {.has_deadlines = true}) {}
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_RAW_LIBURING_PING_PONG_H
