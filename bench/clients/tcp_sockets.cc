// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/tcp_sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <system_error>

#include "bench/harness/owned_descriptor.h"

namespace timed::bench {

void check_call(::ssize_t result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
}

bool is_readable(const owned_descriptor& socket, std::chrono::milliseconds at_most) {
  ::pollfd ready{.fd = socket.get(), .events = POLLIN, .revents = 0};
  const int count =
      until_not_interrupted([&] { return ::poll(&ready, 1, static_cast<int>(at_most.count())); });
  check_call(count, "poll");
  return count != 0;
}

owned_descriptor listen_at(::in_addr_t address, std::size_t backlog, std::uint16_t port) {
  owned_descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  const int reused = port == 0 ? 0 : 1;
  check_call(::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &reused, sizeof(reused)),
             "SO_REUSEADDR");
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = address;
  at.sin_port = htons(port);
  check_call(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&at), sizeof(at)), "bind");
  check_call(::listen(listener.get(), static_cast<int>(backlog)), "listen");
  return listener;
}

sockaddr_in address_of(const owned_descriptor& socket) {
  sockaddr_in address{};
  socklen_t length = sizeof(address);
  check_call(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length),
             "getsockname");
  return address;
}

sockaddr_in address_of_peer(const owned_descriptor& socket) {
  sockaddr_in address{};
  socklen_t length = sizeof(address);
  check_call(::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&address), &length),
             "getpeername");
  return address;
}

void disable_nagle(const owned_descriptor& socket) {
  const int enabled = 1;
  check_call(::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &enabled, sizeof(enabled)),
             "TCP_NODELAY");
}

void limit_waiting(const owned_descriptor& socket, std::chrono::seconds at_most) {
  const ::timeval limit{.tv_sec = at_most.count(), .tv_usec = 0};
  check_call(::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)),
             "SO_RCVTIMEO");
}

owned_descriptor accept_one(const owned_descriptor& listener) {
  owned_descriptor accepted(until_not_interrupted([&] {
                              return ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC);
                            }),
                            "accept of the client's connection");
  disable_nagle(accepted);
  return accepted;
}

owned_descriptor connect_to(const sockaddr_in& server) {
  owned_descriptor connected(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  disable_nagle(connected);
  const ::linger at_once{.l_onoff = 1, .l_linger = 0};
  check_call(::setsockopt(connected.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)),
             "SO_LINGER");
  check_call(::connect(connected.get(), reinterpret_cast<const sockaddr*>(&server), sizeof(server)),
             "connect");
  return connected;
}

}  // namespace timed::bench
