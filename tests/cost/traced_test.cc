// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tools/counting/traced.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <stdexcept>

namespace timed::counting {
namespace {

class traced_child : public testing::Test {
 protected:
  void SetUp() override {
    try {
      (void)traced_system_calls([] {
        mark();
        mark();
      });
    } catch (const tracing_is_forbidden& reason) {
      GTEST_SKIP() << reason.what();
    }
  }
};

TEST_F(traced_child, is_counted_between_its_marks) {
  const traced_counts counts = traced([] {
    ::syscall(SYS_getppid);
    mark();
    ::syscall(SYS_getppid);
    mark();
    ::syscall(SYS_getppid);
  });
  EXPECT_EQ(counts.all_system_calls(), 1U);
  EXPECT_GT(counts.instructions, 0U);
}

TEST_F(traced_child, that_ends_before_its_second_mark_is_an_error) {
  EXPECT_THROW((void)traced([] { mark(); }), child_has_ended);
}

TEST_F(traced_child, that_fails_after_its_second_mark_is_an_error) {
  EXPECT_THROW((void)traced([] {
                 mark();
                 mark();
                 throw std::runtime_error("its deadline has passed");
               }),
               child_has_ended);
}

TEST_F(traced_child, with_a_fatal_signal_is_an_error) {
  for (const int fatal : {SIGBUS, SIGFPE, SIGILL, SIGSEGV}) {
    EXPECT_THROW((void)traced([fatal] {
                   mark();
                   ::raise(fatal);
                   mark();
                 }),
                 child_has_ended);
  }
}

}  // namespace
}  // namespace timed::counting
