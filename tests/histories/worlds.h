// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_HISTORIES_WORLDS_H
#define TIMED_TESTS_HISTORIES_WORLDS_H

#include "tests/histories/world.h"

namespace timed::tests::histories {

// By protocol, and executor or policy. `foreign` is an executor that the library does not know.
extern const world tcp_any, tcp_context, tcp_strand, tcp_foreign, tcp_limited;
extern const world unix_any, unix_strand, unix_limited;

}  // namespace timed::tests::histories

#endif  // TIMED_TESTS_HISTORIES_WORLDS_H
