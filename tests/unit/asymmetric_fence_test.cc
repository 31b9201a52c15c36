// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Two threads that write, fence, and read what the other one writes: at least one sees it.

#include "timed/detail/deadline/asymmetric_fence.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "tests/support/forbid_system_call.h"

namespace timed::detail {
namespace {

using clock = std::chrono::steady_clock;

constexpr int rounds_max = 200'000;
constexpr auto time_max = std::chrono::seconds(2);  // fewer rounds on a busy machine

struct alignas(64) side {
  std::atomic<int> round = 0;                         // the last one that it has begun
  std::atomic<int> written = 0;                       // the last one in which it has written
  std::vector<bool> has_seen = std::vector<bool>(1);  // the other's write, by round
};

// Has the calling thread run on the first or the last CPU that the process may use: on two, if
// there are two, as only these disagree about what was written.
void pin(bool to_first) {
  ::cpu_set_t all;
  CPU_ZERO(&all);
  if (::sched_getaffinity(0, sizeof all, &all) != 0) return;
  std::size_t chosen = CPU_SETSIZE;
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &all) && !(to_first && chosen != CPU_SETSIZE)) chosen = cpu;
  }
  CPU_ZERO(&all);
  CPU_SET(chosen, &all);
  (void)::sched_setaffinity(0, sizeof all, &all);
}

// One round after the other. A side waits for the other one to begin the round, and then for a
// random time, since the moment at which both write differs from one machine to the next.
template <class Fence>
void play(side& mine, const side& other, Fence fence, unsigned seed) {
  std::minstd_rand random(seed);
  // Stores to it miss the cache. Those that follow stay in the CPU's store buffer meanwhile, so a
  // fence that is missing is noticed.
  std::vector<char> far(32u << 20);
  const auto end = clock::now() + time_max;
  for (int round = 1; round <= rounds_max && clock::now() < end; ++round) {
    mine.round.store(round, std::memory_order_release);
    for (int spins = 1; other.round.load(std::memory_order_acquire) < round; ++spins) {
      if (spins % 4096 == 0) std::this_thread::yield();
    }
    for (volatile unsigned wait = random() % 64; wait != 0;) wait = wait - 1;
    for (int i = 0; i < 8; ++i) far[random() % far.size()] = 1;
    mine.written.store(round, std::memory_order_relaxed);
    fence();
    mine.has_seen.push_back(other.written.load(std::memory_order_relaxed) >= round);
  }
  mine.round.store(std::numeric_limits<int>::max(), std::memory_order_release);
}

// Expects that in each round that both have played at least one side has seen the other's write.
void expect_no_blind_round() {
  side fast, slow;
  std::thread first([&] {
    pin(true);
    play(fast, slow, asymmetric_fence::light, 1);
  });
  std::thread last([&] {
    pin(false);
    play(slow, fast, asymmetric_fence::heavy, 2);
  });
  first.join();
  last.join();
  const std::size_t rounds = std::min(fast.has_seen.size(), slow.has_seen.size());
  int blind = 0;
  for (std::size_t round = 1; round < rounds; ++round) {
    blind += !fast.has_seen[round] && !slow.has_seen[round];
  }
  EXPECT_GT(rounds, 1u);
  EXPECT_EQ(blind, 0) << "of " << rounds - 1 << " rounds";
}

TEST(asymmetric_fence, one_of_two_threads_sees_the_others_write) {
  expect_no_blind_round();
}

// As where a program enters a sandbox: membarrier(2) has been there, and is refused from now on.
TEST(asymmetric_fence, one_of_two_threads_sees_the_others_write_where_the_kernel_refuses) {
  ASSERT_TRUE(tests::forbid_system_call(SYS_membarrier, EPERM));
  ASSERT_EQ(::syscall(SYS_membarrier, 0, 0, 0), -1);
  expect_no_blind_round();
}

}  // namespace
}  // namespace timed::detail
