// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_MODES_ELSEWHERE_H
#define TIMED_TESTS_MODES_ELSEWHERE_H

namespace timed::tests {

/// Returns a constant, which the caller's compiler does not see unless it optimises at link time.
int defined_elsewhere() noexcept;

}  // namespace timed::tests

#endif  // TIMED_TESTS_MODES_ELSEWHERE_H
