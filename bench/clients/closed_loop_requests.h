// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_CLOSED_LOOP_REQUESTS_H
#define TIMED_BENCH_CLIENTS_CLOSED_LOOP_REQUESTS_H

#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bench/clients/tcp_sockets.h"

namespace timed::bench {

inline constexpr std::string_view requests_made = "made";

/// Makes requests on all connections, each of which has at most one outstanding.
///
/// It never sleeps while requests are outstanding, so that the server does not pay for waking it.
/// @tparam Connection Has `ask(number)`, which sends a request with a unique number,
/// `is_waiting()`, and `has_answer()`, which receives what has arrived and checks it.
template <class Connection>
void make_closed_loop_requests(std::vector<Connection>& connections, std::uint64_t requests) {
  std::uint64_t asked = 0;
  std::uint64_t answered = 0;
  for (Connection& connection : connections) {
    if (asked < requests) connection.ask(asked++);
  }
  while (answered < requests) {
    const std::uint64_t before = answered;
    // Round robin: a connection without an answer is tried again after the others.
    for (Connection& connection : connections) {
      if (!connection.is_waiting() || !connection.has_answer()) continue;
      ++answered;
      if (asked < requests) connection.ask(asked++);
    }
    if (answered == before) ::sched_yield();  // to the server, if both share a CPU
  }
}

/// Runs in the client's process, until the other end of `control` is closed.
///
/// It receives on `control`, a message socket, the number of requests to make, as a std::uint64_t,
/// and sends `requests_made` when all of them have got the right answer.
/// @throws std::exception if a connection fails or an answer is wrong.
template <class Connection>
void follow_closed_loop_orders(int control, const sockaddr_in& server, std::size_t connections) {
  constexpr unsigned seconds_max = 60;
  std::vector<Connection> all;
  for (std::size_t i = 0; i < connections; ++i) all.emplace_back(server);
  std::uint64_t requests = 0;
  while (::recv(control, &requests, sizeof(requests), 0) == sizeof(requests)) {
    ::alarm(seconds_max);  // ends the process
    make_closed_loop_requests(all, requests);
    ::alarm(0);
    check_call(::send(control, requests_made.data(), requests_made.size(), MSG_NOSIGNAL), "send");
  }
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_CLOSED_LOOP_REQUESTS_H
