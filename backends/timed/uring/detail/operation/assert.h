// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_OPERATION_ASSERT_H
#define TIMED_URING_DETAIL_OPERATION_ASSERT_H

#include <cstdio>
#include <cstdlib>

#include "timed/detail/requires_cxx20.h"
#include "timed/detail/sanitizers.h"

/// Whether assertions are active: in debug builds and under the sanitizers. They add no member to
/// any class, so that objects compiled with and without them fit together.
#if !defined(NDEBUG) || TIMED_ADDRESS_SANITIZER || TIMED_THREAD_SANITIZER
#define TIMED_URING_ASSERTIONS 1
#else
#define TIMED_URING_ASSERTIONS 0
#endif

namespace timed::uring::detail {

[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: timed::uring: assertion failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace timed::uring::detail

/// Ends the program if an invariant does not hold. Otherwise it has no effect, and where assertions
/// are not active the condition is not evaluated.
#if TIMED_URING_ASSERTIONS
#define TIMED_URING_ASSERT(condition) \
  ((condition) ? void() : ::timed::uring::detail::assertion_failed(#condition, __FILE__, __LINE__))
#else
#define TIMED_URING_ASSERT(condition) static_cast<void>(sizeof((condition) ? 1 : 0))
#endif

#endif  // TIMED_URING_DETAIL_OPERATION_ASSERT_H
