// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The event loop of peers: plain epoll, so that no fault of the library is on both sides.

#ifndef TIMED_TESTS_LOAD_PEERS_LOOP_H
#define TIMED_TESTS_LOAD_PEERS_LOOP_H

#include <cstdint>
#include <queue>
#include <vector>

#include "tests/load/options.h"

namespace timed::tests::load {

/// Closes a descriptor when it is destroyed.
class descriptor {
 public:
  descriptor() = default;
  /// @throws std::system_error with `what` if it is negative.
  descriptor(int number, const char* what);
  descriptor(descriptor&& other) noexcept;
  descriptor& operator=(descriptor&& other) noexcept;
  ~descriptor();

  int get() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// What an event loop calls. Its address must not change.
class watched {
 public:
  watched() = default;
  watched(const watched&) = delete;
  watched& operator=(const watched&) = delete;
  virtual ~watched() = default;

  virtual void on_events(std::uint32_t epoll_events) = 0;
  /// The point in time for which `loop::call_at` was called has come.
  virtual void on_due() = 0;

 private:
  friend class loop;
  time_point due_ = time_point::max();
};

class loop {
 public:
  loop();

  void watch(const descriptor& which, std::uint32_t epoll_events, watched& by);
  void change(const descriptor& which, std::uint32_t epoll_events, watched& by);

  /// Calls `on_due` of `which` at this time, instead of at an earlier call's.
  void call_at(time_point due, watched& which);
  void call_no_more(watched& which) { which.due_ = time_point::max(); }

  /// Handles what has happened and what is due; waits for it if there is nothing yet, but not for
  /// long.
  /// @return Whether that was all.
  bool turn();

 private:
  struct entry {
    time_point due;
    watched* which;
    bool operator<(const entry& other) const { return due > other.due; }
  };

  void call_due();
  void set_alarm(time_point due);

  descriptor epoll_;
  descriptor alarm_;  // epoll_wait() itself waits for whole milliseconds
  time_point alarm_due_;
  std::priority_queue<entry> entries_;  // those are void whose time is not that of the object
};

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_PEERS_LOOP_H
