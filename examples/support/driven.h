// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// For tests of programs: a program that runs as a process, and plain blocking sockets to talk to
// it. Nothing waits longer than `patience`.

#ifndef TIMED_STREAM_EXAMPLES_SUPPORT_DRIVEN_H
#define TIMED_STREAM_EXAMPLES_SUPPORT_DRIVEN_H

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace support {

inline constexpr std::chrono::seconds patience{60};

/// A program that runs. What it writes to standard output and standard error is kept.
class driven_program {
 public:
  /// Starts the program that the environment variable PROGRAM names (a path in the runfiles).
  explicit driven_program(std::vector<std::string> arguments);
  driven_program(const std::string& path, std::vector<std::string> arguments);
  /// Kills it, if it still runs.
  ~driven_program();
  driven_program(const driven_program&) = delete;
  driven_program& operator=(const driven_program&) = delete;

  /// Waits until its output contains `text`; a failure of the test if it ends without.
  bool wait_for(std::string_view text);

  /// Keeps what it writes within that time.
  void read_for(std::chrono::milliseconds time);

  /// @return The port of a server that logs "listening on port N"; 0 if it does not.
  std::uint16_t port();

  /// @return Why its backend is forbidden here; empty if it is not.
  std::string refusal();

  void write(std::string_view input);
  void end_input();

  void signal(int number);

  /// Waits for its end.
  /// @return Its exit status; -1 if a signal ended it, or if it has not ended in time.
  int wait();

  /// Sends SIGTERM and waits.
  int terminate();

  const std::string& output() const { return output_; }

 private:
  bool read_more(std::chrono::steady_clock::time_point until);

  pid_t process_ = -1;
  int input_ = -1;
  int pipe_ = -1;
  int status_ = -1;
  std::string output_;
};

/// A plain TCP connection.
class plain_connection {
 public:
  explicit plain_connection(int descriptor);
  /// Connects to a port of this machine.
  static plain_connection to(std::uint16_t port);
  plain_connection(plain_connection&& other) noexcept;
  ~plain_connection();

  void send(std::string_view bytes);
  /// Sends one byte each `pause`, until all are sent or the peer has closed.
  void drip(std::string_view bytes, std::chrono::milliseconds pause);
  void end_sending();
  /// @return All that comes until `end` has come (inclusive), or the peer has closed.
  std::string receive_until(std::string_view end);
  std::string receive_bytes(std::size_t count);
  /// @return All that comes until the peer has closed, or reset, the connection.
  std::string receive_all();
  /// Sends until the peer takes no more for `idle`.
  /// @return The number of bytes that went into the connection.
  std::size_t send_until_blocked(std::chrono::milliseconds idle);

 private:
  int descriptor_;
  std::string received_;
};

/// A plain TCP listener on this machine.
class plain_listener {
 public:
  plain_listener();
  ~plain_listener();
  plain_listener(const plain_listener&) = delete;
  plain_listener& operator=(const plain_listener&) = delete;

  std::uint16_t port() const { return port_; }
  plain_connection accept();

 private:
  int descriptor_;
  std::uint16_t port_ = 0;
};

/// Skips or fails the test if the program's backend is forbidden here: to be called with a program
/// that has been started, by a macro, as GTEST_SKIP returns.
#define SKIP_IF_FORBIDDEN(program)                                 \
  if (const std::string why = (program).refusal(); !why.empty()) { \
    if (support::io_uring_is_required()) FAIL() << why;            \
    GTEST_SKIP() << why;                                           \
  }

/// @return Whether TIMED_REQUIRE_IO_URING=1 is set.
bool io_uring_is_required();

}  // namespace support

#endif  // TIMED_STREAM_EXAMPLES_SUPPORT_DRIVEN_H
