// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Two threads that write, fence, and read what the other one writes: at least one sees it.

#include "timed/detail/deadline/asymmetric_fence.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <random>
#include <thread>
#include <vector>

#include "tests/support/forbid_system_call.h"

namespace timed::detail {
namespace {

constexpr int rounds = 200'000;

struct alignas(64) side {
  std::atomic<int> round = 0;    // the last one that it has begun
  std::atomic<int> written = 0;  // the last one in which it has written
  std::vector<bool> has_seen = std::vector<bool>(rounds + 1);  // the other's write, by round
};

// One round after the other. A side waits for the other one to begin the round, and then for a
// random time, since the moment at which both write differs from one machine to the next.
template <class Fence>
void play(side& mine, side& other, Fence fence, unsigned seed) {
  std::minstd_rand random(seed);
  // Stores to it miss the cache. Those that follow stay in the CPU's store buffer meanwhile, so a
  // fence that is missing is noticed.
  std::vector<char> far(32u << 20);
  for (int round = 1; round <= rounds; ++round) {
    mine.round.store(round, std::memory_order_release);
    for (int spins = 1; other.round.load(std::memory_order_acquire) < round; ++spins) {
      if (spins % 256 == 0) std::this_thread::yield();
    }
    for (volatile unsigned wait = random() % 64; wait != 0;) wait = wait - 1;
    for (int i = 0; i < 8; ++i) far[random() % far.size()] = 1;
    mine.written.store(round, std::memory_order_relaxed);
    fence();
    mine.has_seen[static_cast<std::size_t>(round)] =
        other.written.load(std::memory_order_relaxed) >= round;
  }
}

// Returns in how many rounds neither side has seen the other's write.
int blind_rounds() {
  side fast, slow;
  std::thread other([&] { play(slow, fast, asymmetric_fence::heavy, 1); });
  play(fast, slow, asymmetric_fence::light, 2);
  other.join();
  int blind = 0;
  for (int round = 1; round <= rounds; ++round) {
    blind += !fast.has_seen[static_cast<std::size_t>(round)] &&
             !slow.has_seen[static_cast<std::size_t>(round)];
  }
  return blind;
}

TEST(asymmetric_fence, one_of_two_threads_sees_the_others_write) {
  EXPECT_EQ(blind_rounds(), 0);
}

// As where a program enters a sandbox: membarrier(2) has been there, and is refused from now on.
TEST(asymmetric_fence, one_of_two_threads_sees_the_others_write_where_the_kernel_refuses) {
  ASSERT_TRUE(tests::forbid_system_call(SYS_membarrier, EPERM));
  ASSERT_EQ(::syscall(SYS_membarrier, 0, 0, 0), -1);
  EXPECT_EQ(blind_rounds(), 0);
}

}  // namespace
}  // namespace timed::detail
