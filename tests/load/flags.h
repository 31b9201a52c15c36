// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_LOAD_FLAGS_H
#define TIMED_TESTS_LOAD_FLAGS_H

#include <optional>

#include "tests/load/options.h"

namespace timed::tests::load {

/// Reads the command line.
/// @return Nothing if it asks for help, which has then been printed.
/// @throws std::invalid_argument in words for the user.
std::optional<options> parse_flags(int argc, char** argv);

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_FLAGS_H
