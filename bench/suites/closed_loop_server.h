// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUITES_CLOSED_LOOP_SERVER_H
#define TIMED_BENCH_SUITES_CLOSED_LOOP_SERVER_H

#include <string>
#include <vector>

#include "bench/clients/any_client.h"
#include "bench/drivers/any_server.h"

namespace timed::bench {

/// Registers an entry for each contender's server, with 16, 64 and 256 busy connections:
/// "suite/connections/contender".
///
/// The server runs in this process, on one thread, or is a program of its own. Its client is
/// another process, on another CPU, and the same for every contender. The CPU time is all that the
/// kernel charges its process, including kernel threads that work for it. Submissions and
/// completions of its rings are counted too; system calls in a separate run, which is not timed.
///
/// @param client Makes the requests: `echo_requests`, or another that follows the same orders.
void register_closed_loop(const std::string& suite, const std::vector<server_contender>& contenders,
                          const client_program& client);

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUITES_CLOSED_LOOP_SERVER_H
