// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUITES_ECHO_CONTENDERS_HERE_H
#define TIMED_BENCH_SUITES_ECHO_CONTENDERS_HERE_H

#include <vector>

#include "bench/drivers/any_server.h"

namespace timed::bench {

/// @return The contenders with an echo server, including those that are programs of their own.
///     These are measured on epoll only: it is what they use, and they know nothing of backends.
///     Those that were not compiled are reported as left out, and the versions of the others added
///     to the environment.
std::vector<server_contender> echo_contenders_here();

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUITES_ECHO_CONTENDERS_HERE_H
