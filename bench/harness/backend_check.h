// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_HARNESS_BACKEND_CHECK_H
#define TIMED_BENCH_HARNESS_BACKEND_CHECK_H

#include <string>

namespace timed::bench {

/// Opens a context and compares three backends that have to be the same: the requested one (the
/// environment variable TIMED_EXPECTED_BACKEND, if set), the one that this program is built for,
/// and the one that its file descriptors show.
///
/// @return The one that its file descriptors show.
/// @throws std::runtime_error whose `what()` names the cause and the remedy.
std::string check_backend();

}  // namespace timed::bench

#endif  // TIMED_BENCH_HARNESS_BACKEND_CHECK_H
