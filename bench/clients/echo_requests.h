// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_ECHO_REQUESTS_H
#define TIMED_BENCH_CLIENTS_ECHO_REQUESTS_H

#include <netinet/in.h>

#include <cstddef>
#include <string_view>

namespace timed::bench {

inline constexpr std::string_view echo_requests_made = "made";

/// Runs in the client's process, until the other end of `control` is closed.
///
/// It receives on `control`, a message socket, the number of requests to make, as a std::uint64_t,
/// and sends `echo_requests_made` when all of them have got the right answer. It never sleeps while
/// requests are outstanding, so that the server does not pay for waking it.
/// @throws std::exception if a connection fails or an answer is wrong.
void make_echo_requests(int control, const sockaddr_in& server, std::size_t connections);

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_ECHO_REQUESTS_H
