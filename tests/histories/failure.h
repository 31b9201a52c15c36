// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_HISTORIES_FAILURE_H
#define TIMED_TESTS_HISTORIES_FAILURE_H

#include <string>

namespace timed::tests::histories {

/// Called by `fail()` before it ends the process; null for none.
extern void (*on_failure)(const std::string& what);

}  // namespace timed::tests::histories

#endif  // TIMED_TESTS_HISTORIES_FAILURE_H
