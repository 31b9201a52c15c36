// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_SUPPORT_SELECTED_H
#define TIMED_TESTS_SUPPORT_SELECTED_H

namespace timed::tests {

/// Selects the tests of the source file that the environment variable TIMED_TESTS_OF names, in a
/// program of several files (tests/unity.bzl); all if it is not set, or with --gtest_filter. Exits
/// with a failure if that file has none.
///
/// To be called after GoogleTest's initialization.
void select_tests_of_file();

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_SELECTED_H
