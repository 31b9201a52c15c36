// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_OUTSIDE_SERVERS_H
#define TIMED_BENCH_DRIVERS_OUTSIDE_SERVERS_H

#include "bench/contenders/outside/found_programs.h"
#include "bench/drivers/any_server.h"

namespace timed::bench {

/// @return An echo server that is a program of its own.
server_contender contender_with(const contenders::found_program& program);

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_OUTSIDE_SERVERS_H
