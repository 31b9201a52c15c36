// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_SUPPORT_FAILING_ALLOCATOR_H
#define TIMED_TESTS_SUPPORT_FAILING_ALLOCATOR_H

#include <cstddef>
#include <new>

namespace timed::tests {

/// An allocator that never has memory: for what an operation does if its handler's has none.
template <class T>
struct failing_allocator {
  using value_type = T;

  failing_allocator() = default;
  template <class Other>
  failing_allocator(const failing_allocator<Other>&) {}

  T* allocate(std::size_t) { throw std::bad_alloc(); }
  void deallocate(T*, std::size_t) {}
  friend bool operator==(failing_allocator, failing_allocator) { return true; }
};

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_FAILING_ALLOCATOR_H
