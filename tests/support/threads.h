// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_SUPPORT_THREADS_H
#define TIMED_TESTS_SUPPORT_THREADS_H

#include <thread>
#include <vector>

#include "timed/backend.h"

namespace timed::tests {

/// Threads that run a context: as many as are wanted, or one where a context can have no more.
/// Joined at the end.
template <class Run>
class runners {
 public:
  runners(int wanted, Run run) {
    const int count = timed::backend::name() == "io_uring_native" ? 1 : wanted;
    for (int i = 0; i < count; ++i) threads_.emplace_back(run);
  }
  runners(const runners&) = delete;
  runners& operator=(const runners&) = delete;
  ~runners() { join(); }

  void join() {
    for (std::thread& each : threads_) {
      if (each.joinable()) each.join();
    }
  }

 private:
  std::vector<std::thread> threads_;
};

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_THREADS_H
