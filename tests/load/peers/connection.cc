// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/load/peers/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace timed::tests::load {
namespace {

void check(::ssize_t result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
}

void set(const descriptor& socket, int level, int option, int value, const char* name) {
  check(::setsockopt(socket.get(), level, option, &value, sizeof(value)), name);
}

int with_address(const descriptor& socket, decltype(::connect) call, std::uint32_t address,
                 std::uint16_t port) {
  sockaddr_in full{};
  full.sin_family = AF_INET;
  full.sin_addr.s_addr = htonl(address);
  full.sin_port = htons(port);
  return call(socket.get(), reinterpret_cast<const sockaddr*>(&full), sizeof(full));
}

transfer outcome_of(::ssize_t result, const char* call) {
  if (result >= 0) return {.bytes = static_cast<std::size_t>(result)};
  if (errno == EAGAIN || errno == EINTR) return {};
  if (errno == ECONNRESET || errno == EPIPE) return {.has_ended = true};
  throw std::system_error(errno, std::generic_category(), call);
}

}  // namespace

void connection::connect(std::uint16_t port, int receive_buffer) {
  static std::uint32_t next = 0;  // each process of peers has one thread
  socket_ = descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
  set(socket_, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
  set(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1, "IP_BIND_ADDRESS_NO_PORT");
  if (receive_buffer > 0) set(socket_, SOL_SOCKET, SO_RCVBUF, receive_buffer, "SO_RCVBUF");
  check(with_address(socket_, ::bind, INADDR_LOOPBACK + 1 + next++ % 100, 0), "bind");
  const int result = with_address(socket_, ::connect, INADDR_LOOPBACK, port);
  if (result < 0 && errno != EINPROGRESS) check(result, "connect");
}

void connection::check_connected() const {
  int error = 0;
  ::socklen_t size = sizeof(error);
  check(::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size), "SO_ERROR");
  if (error != 0 && error != ECONNRESET) {
    throw std::system_error(error, std::generic_category(), "connect");
  }
}

transfer connection::receive(std::span<char> into) const {
  const ::ssize_t result = ::recv(socket_.get(), into.data(), into.size(), 0);
  if (result == 0) return {.has_ended = true};
  return outcome_of(result, "recv");
}

transfer connection::send(std::span<const char> bytes) const {
  return outcome_of(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), "send");
}

void connection::reset() {
  const ::linger at_once{.l_onoff = 1, .l_linger = 0};
  check(::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), "SO_LINGER");
  close();
}

}  // namespace timed::tests::load
