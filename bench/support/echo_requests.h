// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUPPORT_ECHO_REQUESTS_H
#define TIMED_BENCH_SUPPORT_ECHO_REQUESTS_H

#include <netinet/in.h>

#include <cstddef>
#include <string_view>

namespace timed::bench {

inline constexpr std::string_view echo_requests_made = "made";

/// What the client's process does, until `control` is closed at its other end.
///
/// It is told by `control`, a message socket, how many requests to make, as a std::uint64_t, and
/// says `echo_requests_made` when all of them have got the right answer. It never sleeps while
/// there are requests under way, so that waking it up is no part of what an answer costs the
/// server.
/// @throws std::exception if there is no connection, or not the right answer.
void make_echo_requests(int control, const sockaddr_in& server, std::size_t connections);

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_ECHO_REQUESTS_H
