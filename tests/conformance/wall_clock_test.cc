// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Deadlines are of the steady clock: setting the wall clock has no effect on them.

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include "tests/support/connected.h"

namespace {

std::atomic<long> wall_clock_is_set_by = 0;  // seconds

}  // namespace

// Replaces the C library's, for this program and all that it links, so that the wall clock is set
// for this process only.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long result = ::syscall(SYS_clock_gettime, clock, time);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
    time->tv_sec += wall_clock_is_set_by;
  return static_cast<int>(result);
}

namespace timed::tests {
namespace {

using steady = std::chrono::steady_clock;
using wall_clock = connected<tcp_stream>;

TEST_F(wall_clock, changes_do_not_affect_a_deadline) {
  constexpr long year = 365 * 24 * 3600;
  for (const long set_by : {year, -year}) {
    for (const auto timeout : {30ms, 60'000ms}) {
      wall_clock_is_set_by = 0;
      const auto wall_before = std::chrono::system_clock::now();
      tcp_stream own(context);
      auto own_peer = connected_peer(own);
      std::array<char, 8> memory{};
      std::optional<result> read;
      const auto began = steady::now();
      own.expires_after(timeout);
      own.async_read_some(net::buffer(memory), store(read));
      context.restart();
      context.run_for(5ms);
      wall_clock_is_set_by = set_by;
      if (timeout > 1s) {  // that one would be gone if the clock counted
        context.restart();
        context.run_for(100ms);
        EXPECT_FALSE(read.has_value());
        own_peer.write_some(net::buffer("x", 1));
      }
      run_until(read);
      EXPECT_EQ(read->ec, timeout > 1s ? error_code() : error::timeout);
      EXPECT_GE(steady::now() - began, timeout > 1s ? 100ms : timeout);
      EXPECT_LT(steady::now() - began, 30s);
      EXPECT_GT(std::chrono::abs(std::chrono::system_clock::now() - wall_before), 1000h);
    }
  }
}

}  // namespace
}  // namespace timed::tests
