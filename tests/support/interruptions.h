// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_SUPPORT_INTERRUPTIONS_H
#define TIMED_TESTS_SUPPORT_INTERRUPTIONS_H

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace timed::tests {

/// While it lives, signals interrupt the system calls of the thread that has made it.
class interruptions {
 public:
  explicit interruptions(std::chrono::microseconds between = std::chrono::milliseconds(1)) {
    struct sigaction action {};
    action.sa_handler = [](int) { ++seen_; };  // without SA_RESTART
    ::sigaction(SIGUSR1, &action, nullptr);
    seen_ = 0;
    sender_ = std::thread([this, between, target = ::pthread_self()] {
      for (; !stops_; std::this_thread::sleep_for(between)) ::pthread_kill(target, SIGUSR1);
    });
  }
  interruptions(const interruptions&) = delete;
  ~interruptions() {
    stops_ = true;
    sender_.join();
  }

  /// How many signals have arrived.
  static int seen() { return seen_; }

  /// Waits until some have. To be called on another thread.
  static void await_some() {
    while (seen_ < 10) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

 private:
  inline static std::atomic<int> seen_;
  std::atomic<bool> stops_ = false;
  std::thread sender_;
};

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_INTERRUPTIONS_H
