// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_TLS_REQUESTS_H
#define TIMED_BENCH_CLIENTS_TLS_REQUESTS_H

#include <netinet/in.h>

#include <cstddef>

#include "bench/clients/any_client.h"

namespace timed::bench {

/// Runs in the client's process: `follow_closed_loop_orders` with requests of `echo_bytes` over
/// TLS, whose answers are their echoes. A connection's first request follows the handshake. The
/// server's certificate is not verified.
void make_tls_requests(int control, const sockaddr_in& server, std::size_t connections);

inline constexpr client_program tls_requests{"tls", make_tls_requests};

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_TLS_REQUESTS_H
