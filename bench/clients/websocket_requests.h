// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_WEBSOCKET_REQUESTS_H
#define TIMED_BENCH_CLIENTS_WEBSOCKET_REQUESTS_H

#include <netinet/in.h>

#include <cstddef>

#include "bench/clients/any_client.h"

namespace timed::bench {

/// Runs in the client's process: `follow_closed_loop_orders` with binary messages of `echo_bytes`
/// over WebSocket, whose answers are their echoes. A connection's first request follows the opening
/// handshake.
void make_websocket_requests(int control, const sockaddr_in& server, std::size_t connections);

inline constexpr client_program websocket_requests{"websocket", make_websocket_requests};

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_WEBSOCKET_REQUESTS_H
