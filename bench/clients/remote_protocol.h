// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What a benchmark and a client on another host say to each other: messages on a TCP connection,
// each after its length. The first one has the version, the client's program, the port of the
// server and the number of connections; the answer is "ready" or an error. The others are the
// orders and answers of the program.

#ifndef TIMED_BENCH_CLIENTS_REMOTE_PROTOCOL_H
#define TIMED_BENCH_CLIENTS_REMOTE_PROTOCOL_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

inline constexpr const char* remote_client_is_ready = "ready";

struct remote_request {
  std::string version;
  std::string program;
  std::uint16_t server_port = 0;
  std::size_t connections = 0;
};

/// @return What both ends have to agree in: the protocol, and the layout of the orders.
std::string remote_version();

std::string to_text(const remote_request& request);

/// @return Nothing if it is no such text.
std::optional<remote_request> parse_remote_request(const std::string& text);

/// @throws std::system_error
void send_message(const owned_descriptor& to, std::span<const std::byte> message);
void send_message(const owned_descriptor& to, const std::string& message);

/// @return The next message; nothing if the other end has closed the connection.
/// @throws std::system_error if the connection fails, or the limit of a wait has passed.
/// @throws std::runtime_error if it is no message of this protocol.
std::optional<std::string> receive_message(const owned_descriptor& from);

/// Has the kernel end the connection if the other host neither acknowledges data nor answers
/// keepalive probes for some 8 s.
void detect_silent_peer(const owned_descriptor& socket);

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_REMOTE_PROTOCOL_H
