// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_TCP_SOCKETS_H
#define TIMED_BENCH_CLIENTS_TCP_SOCKETS_H

#include <netinet/in.h>
#include <sys/types.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

/// @throws std::system_error if the system call has failed.
void check_call(::ssize_t result, const char* call);

/// Calls again as long as the call fails with EINTR, as a wait with a limit does without a signal,
/// too: for the kernel's work on a closed ring.
auto until_not_interrupted(auto call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// Waits until there is something to receive or to accept, or the connection has ended.
/// @return Whether there is.
bool is_readable(const owned_descriptor& socket, std::chrono::milliseconds at_most);

/// Listens at the address, if not said otherwise at a free port.
owned_descriptor listen_at(::in_addr_t address, std::size_t backlog, std::uint16_t port = 0);

/// @return The address of this end.
sockaddr_in address_of(const owned_descriptor& socket);

/// @return The address of the other end.
sockaddr_in address_of_peer(const owned_descriptor& socket);

/// Disables Nagle's algorithm.
void disable_nagle(const owned_descriptor& socket);

/// Limits accept() and recv().
void limit_waiting(const owned_descriptor& socket, std::chrono::seconds at_most);

/// Accepts a connection, without Nagle's algorithm.
owned_descriptor accept_one(const owned_descriptor& listener);

/// Connects to the server, without Nagle's algorithm, and closing with a reset, so that no port
/// stays in TIME_WAIT.
/// @throws std::system_error
owned_descriptor connect_to(const sockaddr_in& server);

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_TCP_SOCKETS_H
