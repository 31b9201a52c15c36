// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_LOAD_PROCESS_H
#define TIMED_TESTS_LOAD_PROCESS_H

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "tests/load/shared_state.h"

namespace timed::tests::load {

/// What a process uses, as the kernel says.
struct usage {
  std::uint64_t resident_bytes;
  std::uint64_t descriptors;
  double cpu_s;
};

/// A process of the run. It is killed when this object is destroyed, and when its parent ends.
class process {
 public:
  /// @param failure Where the process writes why it fails.
  process(std::string name, failure_text& failure) : name_(std::move(name)), failure_(failure) {}
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  ~process();

  /// Starts it. An exception that `program` throws is its failure.
  void start(const std::function<void()>& program);

  /// Whether it has been started and has not ended.
  /// @throws std::runtime_error if it has failed.
  bool runs();

  /// Sets whether `check` takes its end for a failure. By default it does not.
  void must_run(bool value) { must_run_ = value; }

  /// @throws std::runtime_error if it has failed.
  void check();

  /// @throws std::runtime_error if it does not run.
  usage used() const;

 private:
  std::string new_failure();

  const std::string name_;
  failure_text& failure_;
  ::pid_t pid_ = 0;  // 0 if it does not run
  bool must_run_ = false;
};

/// Raises the limit of this process's descriptors, if it is lower.
/// @throws std::runtime_error with the remedy if it may not.
void need_descriptors(std::uint64_t count);

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_PROCESS_H
