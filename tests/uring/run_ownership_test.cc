// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/loop/run_ownership.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

namespace timed::uring::tests {
namespace {

using detail::run_ownership;

// Owns the loop while it lives.
class acquired {
 public:
  explicit acquired(run_ownership& owned) : owned_(owned) {
    owned_.acquire();
    owned_.enter(here_);
  }
  acquired(const acquired&) = delete;
  acquired& operator=(const acquired&) = delete;
  ~acquired() {
    owned_.leave(here_);
    owned_.release();
  }
  const run_ownership::frame& here() const { return here_; }

 private:
  run_ownership& owned_;
  run_ownership::frame here_;
};

void on_another_thread(auto function) {
  std::thread(function).join();
}

TEST(run_ownership, is_held_by_the_thread_that_has_acquired_it) {
  run_ownership ownership;
  EXPECT_FALSE(ownership.is_held());
  {
    const acquired here(ownership);
    EXPECT_TRUE(ownership.is_held());
    EXPECT_TRUE(ownership.is_running());
    EXPECT_TRUE(ownership.is_held_here());
    on_another_thread([&] { EXPECT_FALSE(ownership.is_held_here()); });
  }
  EXPECT_FALSE(ownership.is_held());
  EXPECT_FALSE(ownership.is_held_here());
}

TEST(run_ownership, refuses_a_second_thread) {
  run_ownership ownership;
  const acquired here(ownership);
  on_another_thread([&] {
    try {
      ownership.acquire();
      FAIL() << "two threads have acquired it";
    } catch (const boost::system::system_error& failure) {
      EXPECT_EQ(failure.code(), boost::asio::error::already_started);
    }
    EXPECT_FALSE(ownership.try_borrow());
  });
}

TEST(run_ownership, is_borrowed_by_the_bound_thread_only) {
  run_ownership ownership;
  ownership.bind_here();
  EXPECT_TRUE(ownership.is_bound_here());
  on_another_thread([&] {
    EXPECT_FALSE(ownership.is_bound_here());
    EXPECT_FALSE(ownership.try_borrow());
  });
  ASSERT_TRUE(ownership.try_borrow());
  EXPECT_TRUE(ownership.is_held());
  EXPECT_FALSE(ownership.is_running());
  EXPECT_FALSE(ownership.try_borrow()) << "it is borrowed already";
  ownership.release();
}

TEST(run_ownership, is_borrowed_by_any_thread_before_it_is_bound) {
  run_ownership ownership;
  on_another_thread([&] {
    ASSERT_TRUE(ownership.try_borrow());
    ownership.release();
  });
}

TEST(run_ownership, knows_loops_within_loops) {
  run_ownership outer, inner;
  const acquired a(outer);
  {
    const acquired b(inner);
    EXPECT_TRUE(outer.is_held_here());
    EXPECT_TRUE(inner.is_held_here());
  }
  EXPECT_TRUE(outer.is_held_here());
  EXPECT_FALSE(inner.is_held_here());
}

TEST(run_ownership, keeps_exceptions_for_the_innermost_run_of_its_own_loop) {
  run_ownership outer, inner;
  const acquired a(outer);
  const acquired b(inner);
  const auto capture = [&] {
    try {
      throw std::runtime_error("by a handler");
    } catch (...) {
      outer.capture_exception();
    }
  };
  capture();
  EXPECT_NE(a.here().captured, nullptr);
  EXPECT_FALSE(a.here().has_captured_several);
  EXPECT_EQ(b.here().captured, nullptr);
  capture();
  EXPECT_TRUE(a.here().has_captured_several);
}

TEST(run_ownership, excludes_other_threads) {
  run_ownership ownership;
  int plain = 0;  // Not atomic: a data race if two threads own it, which ThreadSanitizer reports.
  std::atomic<int> owned = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, borrows = i % 2 == 0] {
      for (int n = 0; n < 2'000; ++n) {
        if (borrows) {
          if (!ownership.try_borrow()) continue;
        } else {
          try {
            ownership.acquire();
          } catch (const boost::system::system_error&) {
            continue;
          }
        }
        ++plain;
        ownership.release();
        ++owned;
      }
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(plain, owned);
  EXPECT_GT(plain, 0);
}

TEST(run_ownership, belongs_to_the_surviving_thread_of_a_child_process) {
  run_ownership ownership;
  ownership.bind_here();
  std::thread([&] { EXPECT_FALSE(ownership.try_borrow()); }).join();
  ASSERT_TRUE(ownership.try_borrow());
  ownership.on_forked();  // As if the thread that has borrowed it did not exist any more.
  EXPECT_FALSE(ownership.is_held());
  EXPECT_FALSE(ownership.is_bound());
  const acquired here(ownership);
  ownership.on_forked();
  EXPECT_TRUE(ownership.is_running());
}

}  // namespace
}  // namespace timed::uring::tests
