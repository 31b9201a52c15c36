// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_HTTP_REQUESTS_H
#define TIMED_BENCH_CLIENTS_HTTP_REQUESTS_H

#include <netinet/in.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "bench/clients/any_client.h"

namespace timed::bench {

/// What the client asks for.
inline constexpr std::string_view http_target = "/page";

/// @return What it expects, 1 KiB.
std::string http_body();

/// Runs in the client's process: `follow_closed_loop_orders` with HTTP/1.1 requests on connections
/// that are kept.
void make_http_requests(int control, const sockaddr_in& server, std::size_t connections);

inline constexpr client_program http_requests{"http", make_http_requests};

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_HTTP_REQUESTS_H
