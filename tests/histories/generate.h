// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_HISTORIES_GENERATE_H
#define TIMED_TESTS_HISTORIES_GENERATE_H

#include "tests/histories/choices.h"
#include "tests/histories/steps.h"

namespace timed::tests::histories {

/// Returns a random history. Which of its steps make sense when their time comes is not known
/// here: the others are then left out.
/// @param has_limits Whether the streams have a rate policy that limits.
history generate(choices& from, bool has_limits);

}  // namespace timed::tests::histories

#endif  // TIMED_TESTS_HISTORIES_GENERATE_H
