// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Runs a command with io_uring forbidden: without_io_uring COMMAND [ARGS...]

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "tests/support/forbid_system_call.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("Usage: without_io_uring COMMAND [ARGS...]\n", stderr);
    return 2;
  }
  if (!timed::tests::forbid_system_call(SYS_io_uring_setup, EPERM)) {
    std::perror("without_io_uring: the kernel takes no seccomp filter");
    return 2;
  }
  ::execvp(argv[1], argv + 1);
  std::perror("without_io_uring: the command cannot be run");
  return 2;
}
