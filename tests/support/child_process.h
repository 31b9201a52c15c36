// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_SUPPORT_CHILD_PROCESS_H
#define TIMED_TESTS_SUPPORT_CHILD_PROCESS_H

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>
#include <utility>

namespace timed::tests {

/// Runs a function in a child process, which exits with what it returns; or 99 if it throws.
class child_process {
 public:
  explicit child_process(const std::function<int()>& program) : pid_(::fork()) {
    if (pid_ < 0) throw std::runtime_error("fork() failed");
    if (pid_ != 0) return;
    int status = 99;
    try {
      status = program();
    } catch (const std::exception& thrown) {
      std::fprintf(stderr, "in the child: %s\n", thrown.what());
    }
    ::_exit(status);
  }
  child_process(const child_process&) = delete;
  ~child_process() { (void)wait(); }

  void send(int signal) const { ::kill(pid_, signal); }

  /// @return What it exits with; -1 if it is killed.
  int wait() {
    if (pid_ == 0) return status_;
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  ::pid_t pid_;
  int status_ = 0;
};

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_CHILD_PROCESS_H
