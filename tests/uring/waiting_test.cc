// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How the loop waits in the kernel.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

#include "tests/uring/forwarding_kernel.h"
#include "tests/uring/support.h"
#include "timed/uring/basic_timer.h"

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;

constexpr unsigned feature_no_iowait = 1U << 17;
constexpr unsigned enter_no_iowait = 1U << 7;

// Notes how it is waited in, with the features that it has, or others.
class waited_in_kernel final : public forwarding_kernel {
 public:
  unsigned features_taken_away = 0;
  unsigned features = 0;
  int waits = 0;
  int waits_as_idle = 0;

  int open(unsigned entries, io_uring& ring, io_uring_params& params) override {
    const int result = real().open(entries, ring, params);
    params.features &= ~features_taken_away;
    features = params.features;
    return result;
  }
  int enter(io_uring& ring, unsigned to_submit, unsigned wait_for, unsigned flags,
            const void* argument, std::size_t size) override {
    if (wait_for != 0) {
      ++waits;
      if ((flags & enter_no_iowait) != 0) ++waits_as_idle;
    }
    return real().enter(ring, to_submit, wait_for, flags, argument, size);
  }
};

void wait_once(waited_in_kernel& kernel) {
  context_on context(kernel);
  timed::uring::steady_timer timer(context, 5ms);
  timer.async_wait([](error_code) {});
  context.run();
  EXPECT_GT(kernel.waits, 0);
}

TEST(waiting, is_not_for_a_disk_where_the_kernel_can_tell_that_apart) {
  waited_in_kernel kernel;
  wait_once(kernel);
  const bool knows = (kernel.features & feature_no_iowait) != 0;
  EXPECT_EQ(kernel.waits_as_idle, knows ? kernel.waits : 0);
}

TEST(waiting, does_not_ask_an_older_kernel_for_that) {
  waited_in_kernel kernel;
  kernel.features_taken_away = feature_no_iowait;
  wait_once(kernel);
  EXPECT_EQ(kernel.waits_as_idle, 0);
}

}  // namespace
}  // namespace timed::uring::tests
