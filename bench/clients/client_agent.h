// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_CLIENT_AGENT_H
#define TIMED_BENCH_CLIENTS_CLIENT_AGENT_H

#include <span>

#include "bench/clients/any_client.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

/// Serves one benchmark on another host, in a process of its own: runs the program that it asks
/// for, which connects to that host, and passes messages on, until one of them ends.
/// @param control The connection of the benchmark.
/// @param programs Those that it may ask for.
void serve_benchmark(const owned_descriptor& control, std::span<const client_program> programs);

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_CLIENT_AGENT_H
