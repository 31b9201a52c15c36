// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Counts what the global operator new is called for, and lets it fail.

#ifndef TIMED_TESTS_SUPPORT_ALLOCATIONS_H
#define TIMED_TESTS_SUPPORT_ALLOCATIONS_H

#include <cstddef>

namespace timed::tests {

/// @return How often memory has been allocated by this thread so far.
std::size_t allocations() noexcept;

/// How much is allocated from its construction on, by this thread.
class allocation_count {
 public:
  allocation_count() noexcept : before_(allocations()) {}
  std::size_t since() const noexcept { return allocations() - before_; }

 private:
  std::size_t before_;
};

/// While it lives, there is no memory for one of this thread's next allocations, once.
class memory_shortage {
 public:
  /// @param skipped How many allocations succeed before.
  explicit memory_shortage(std::size_t skipped = 0) noexcept;
  memory_shortage(const memory_shortage&) = delete;
  ~memory_shortage();

  /// @return Whether anybody has noticed.
  bool was_met() const noexcept;
};

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_ALLOCATIONS_H
