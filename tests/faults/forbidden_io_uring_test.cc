// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/support/forbid_system_call.h"
#include "timed/backend.h"

namespace timed::tests {
namespace {

// In a process of its own: says what constructing a context says when io_uring is forbidden.
[[noreturn]] void make_context_without_io_uring(int error) {
  if (!forbid_system_call(SYS_io_uring_setup, error)) {
    std::cerr << "the kernel takes no seccomp filter";
    std::exit(2);
  }
  try {
    backend::io_context context;
  } catch (const boost::system::system_error& refused) {
    std::cerr << refused.what();
    std::exit(refused.code().value() == error ? 1 : 3);
  }
  std::cerr << "it works";
  std::exit(0);
}

constexpr bool on_io_uring = backend::name() != "epoll";

// On epoll, it has to work nevertheless.
void expect_refusal(int error, const char* message) {
  EXPECT_EXIT(make_context_without_io_uring(error), testing::ExitedWithCode(on_io_uring ? 1 : 0),
              on_io_uring ? message : "it works");
}

TEST(forbidden_io_uring, by_a_seccomp_profile_is_said_with_the_remedy) {
  expect_refusal(EPERM, "seccomp.*backend=epoll");
}

TEST(forbidden_io_uring, by_an_old_kernel_is_said_with_the_remedy) {
  expect_refusal(ENOSYS, "io_uring.*Use Linux 5.1.*backend=epoll");
}

TEST(forbidden_io_uring, by_a_lack_of_descriptors_is_said_with_the_remedy) {
  expect_refusal(EMFILE, "descriptor.*ulimit -n");
}

// And not before some time has been waited in which closed rings may give back their memory.
TEST(forbidden_io_uring, by_a_lack_of_lockable_memory_is_said_with_the_remedy) {
  expect_refusal(ENOMEM, "RLIMIT_MEMLOCK.*ulimit -l.*backend=epoll");
}

}  // namespace
}  // namespace timed::tests
