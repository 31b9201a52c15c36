// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A history as data: what a program calls, in which order, and within which handlers.

#ifndef TIMED_TESTS_HISTORIES_STEPS_H
#define TIMED_TESTS_HISTORIES_STEPS_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace timed::tests::histories {

using nanoseconds = std::chrono::nanoseconds;

/// What one step calls. Those up to `connect` start an operation that has a handler.
enum class call : std::uint8_t {
  read,
  write,
  connect,
  sync_read,
  sync_write,
  expires_after,
  expires_at,
  expires_never,
  expires_after_in,  ///< Of one direction.
  expires_never_in,
  read_timeout,
  write_timeout,
  timeout,
  on_timeout,
  sync_deadlines,
  read_limit,
  write_limit,
  cancel,
  close,
  emit,           ///< A cancellation of one operation, through its slot.
  relocate,       ///< Moves the stream to another object, and destroys the one that it was.
  assign,         ///< Move assignment of one stream to another.
  renew,          ///< Assignment of a new stream.
  destroy,        ///< The destructor; a new stream takes its place.
  adopt,          ///< `release_socket()`, and a new stream over that socket.
  shutdown_send,  ///< Of the socket.
  fill,           ///< Writes by the socket until the kernel takes no more.
  pass,           ///< Lets time pass.
  poll_one,       ///< Runs one handler that is ready.
  run,            ///< Runs the context until everything has completed that has to.
};

constexpr bool is_asynchronous(call what) {
  return what <= call::connect;
}

/// What a connect is to reach.
enum class target : std::uint8_t {
  listener,
  refusing,
  silent,
  range_to_listener,  ///< One that refuses, then one that listens.
  range_to_nothing,   ///< Two that refuse.
};

enum class cancellation : std::uint8_t { none, terminal, partial, total };

/// One call.
struct step {
  static constexpr int outside = -1;
  static constexpr nanoseconds no_time = nanoseconds::max();

  call what = call::run;
  int id = 0;            ///< Number within the generated history; stays when others are dropped.
  int inside = outside;  ///< The operation in whose handler this is called.
  int of = 0;            ///< The operation that `emit` is for.
  std::uint8_t stream = 0;
  std::uint8_t from = 0;      ///< The stream that `assign` moves from.
  bool in_write = false;      ///< The direction of `expires_*_in`.
  bool is_set = false;        ///< on_timeout(cancel), sync_deadlines(true).
  bool has_slot = false;      ///< Of an operation: whether it can be cancelled by a slot.
  bool is_elsewhere = false;  ///< Of an operation: whether its handler has another executor.
  target to = target::listener;
  cancellation type = cancellation::none;
  std::size_t bytes = 0;       ///< A buffer's size, or a limit in bytes per second.
  nanoseconds time = no_time;  ///< A timeout; of an operation, that of `with_timeout`.
};

struct history {
  int links = 1;  ///< Number of connections; stream 2n is connected to stream 2n+1 at first.
  std::vector<step> steps;
};

/// Returns the history as a short program of calls.
std::string to_string(const history& what);

}  // namespace timed::tests::histories

#endif  // TIMED_TESTS_HISTORIES_STEPS_H
