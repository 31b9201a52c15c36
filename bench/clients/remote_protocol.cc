// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/remote_protocol.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>

#include "bench/clients/echo_meter.h"
#include "bench/clients/open_loop_requests.h"
#include "bench/clients/tcp_sockets.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

constexpr std::uint32_t message_bytes_max = 4096;

void send_all(const owned_descriptor& to, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ::ssize_t sent = until_not_interrupted(
        [&] { return ::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    check_call(sent, "send");
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
}

// @return Number of bytes before the end of the connection.
std::size_t receive_all(const owned_descriptor& from, std::span<std::byte> bytes) {
  std::size_t received = 0;
  while (received < bytes.size()) {
    const ::ssize_t size = until_not_interrupted(
        [&] { return ::recv(from.get(), bytes.data() + received, bytes.size() - received, 0); });
    check_call(size, "recv");
    if (size == 0) break;
    received += static_cast<std::size_t>(size);
  }
  return received;
}

void set_option(const owned_descriptor& socket, int level, int option, int value) {
  check_call(::setsockopt(socket.get(), level, option, &value, sizeof(value)), "setsockopt");
}

}  // namespace

std::string remote_version() {
  std::ostringstream text;
  text << "1," << echo_bytes << ',' << sizeof(open_loop_order) << ',' << sizeof(open_loop_results)
       << ',' << (std::endian::native == std::endian::little ? "little" : "big");
  return text.str();
}

std::string to_text(const remote_request& request) {
  std::ostringstream text;
  text << "timed_stream " << request.version << ' ' << request.program << ' ' << request.server_port
       << ' ' << request.connections;
  return text.str();
}

std::optional<remote_request> parse_remote_request(const std::string& text) {
  std::istringstream input(text);
  std::string product;
  remote_request request;
  input >> product >> request.version >> request.program >> request.server_port >>
      request.connections;
  if (!input || product != "timed_stream") return std::nullopt;
  return request;
}

void send_message(const owned_descriptor& to, std::span<const std::byte> message) {
  const auto size = htonl(static_cast<std::uint32_t>(message.size()));
  send_all(to, std::as_bytes(std::span(&size, 1)));
  send_all(to, message);
}

void send_message(const owned_descriptor& to, const std::string& message) {
  send_message(to, std::as_bytes(std::span(message)));
}

std::optional<std::string> receive_message(const owned_descriptor& from) {
  std::uint32_t size = 0;
  const std::size_t head = receive_all(from, std::as_writable_bytes(std::span(&size, 1)));
  if (head == 0) return std::nullopt;
  size = ntohl(size);
  if (head != sizeof(size) || size > message_bytes_max) {
    throw std::runtime_error("no message of the benchmarks");
  }
  std::string message(size, '\0');
  if (receive_all(from, std::as_writable_bytes(std::span(message))) != size) {
    throw std::runtime_error("the connection ended within a message");
  }
  return message;
}

void detect_silent_peer(const owned_descriptor& socket) {
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 3);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 5);
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 8000);  // ms, of what is not acknowledged
}

}  // namespace timed::bench
