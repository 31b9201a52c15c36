// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_LOAD_RUN_H
#define TIMED_TESTS_LOAD_RUN_H

#include "tests/load/server.h"

namespace timed::tests::load {

/// Runs a load test with the flags of the command line: docs/testing.md.
/// @return The exit status: 0 if all went as it should, or the kernel refuses the backend.
int run(int argc, char** argv, const backend_server& server);

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_RUN_H
