// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/drivers/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>

#include "bench/drivers/tcp_sending.h"

namespace timed::bench {
namespace {

int check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

template <class Value>
void set_option(int descriptor, int level, int option, const Value& value, const char* what) {
  check(::setsockopt(descriptor, level, option, &value, sizeof(value)), what);
}

// Limits the wait for bytes that do not arrive.
void limit_waiting(int peer) {
  set_option(peer, SOL_SOCKET, SO_RCVTIMEO, timeval{.tv_sec = 10, .tv_usec = 0}, "SO_RCVTIMEO");
}

// The kernel grants as much as it allows, by default 416 KiB. The initial 128 KiB of a TCP socket
// hardly hold a batch of 1 KB writes with the kernel's overhead, and half of the writes would pay
// for compaction.
constexpr int requested_buffer_bytes = 1 << 20;

}  // namespace

connection::connection(const net::ip::tcp&) : is_tcp_(true), scratch_(1 << 16) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);

  const int listening = check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  set_option(listening, SOL_SOCKET, SO_RCVBUF, requested_buffer_bytes, "SO_RCVBUF");
  check(::bind(listening, generic, length), "bind to 127.0.0.1");
  check(::listen(listening, 1), "listen");
  check(::getsockname(listening, generic, &length), "getsockname");
  writing_ = check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  constexpr std::array<char, 4> reno{'r', 'e', 'n', 'o'};
  set_option(writing_, IPPROTO_TCP, TCP_CONGESTION, reno, "TCP_CONGESTION reno");
  set_option(writing_, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
  check(::connect(writing_, generic, length), "connect to 127.0.0.1");
  peer_ = check(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC), "accept");
  ::close(listening);
  limit_waiting(peer_);
  open_window();
}

connection::connection(const net::local::stream_protocol&) : is_tcp_(false), scratch_(1 << 16) {
  std::array<int, 2> ends{};
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  writing_ = ends[0];
  peer_ = ends[1];
  set_option(writing_, SOL_SOCKET, SO_SNDBUF, requested_buffer_bytes, "SO_SNDBUF");
  limit_waiting(peer_);
}

connection::~connection() {
  ::close(peer_);
}

void connection::drain(std::size_t writes, std::size_t bytes_per_write) {
  const bool sent = all_were_sent(writes);
  read_from_peer(writes * bytes_per_write);
  if (!sent) {
    throw std::runtime_error(
        "the kernel did not send each of " + std::to_string(writes) +
        " writes immediately and separately, so their figures would be too low. The probable "
        "cause: "
        "the process was stopped for long, and the connection's window shrank. Run it again");
  }
}

bool connection::all_were_sent(std::size_t writes) {
  if (!is_tcp_) return true;  // always so on a Unix socket
  const tcp_sending now = tcp_sending_of(writing_);
  const std::uint32_t segments = now.segments_sent - segments_before_;
  segments_before_ = now.segments_sent;
  // It may be more if the kernel retransmits a segment because an acknowledgement was late.
  return segments >= writes && now.bytes_not_sent == 0;
}

void connection::read_from_peer(std::size_t bytes) {
  for (std::size_t left = bytes; left > 0;) {
    const ssize_t n = ::recv(peer_, scratch_.data(), std::min(left, scratch_.size()), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      throw std::runtime_error("of " + std::to_string(bytes) + " bytes written, " +
                               std::to_string(left) + " did not arrive within 10 s");
    }
    left -= static_cast<std::size_t>(n);
  }
  if (::recv(peer_, scratch_.data(), 1, MSG_DONTWAIT) > 0) {
    throw std::runtime_error("more bytes arrived than the handlers reported");
  }
}

void connection::open_window() {
  constexpr std::size_t writes = 256;  // several batches
  constexpr std::array<char, 64> bytes{};
  for (int burst = 0; burst < 100; ++burst) {
    for (std::size_t i = 0; i < writes; ++i) {
      check(static_cast<int>(::send(writing_, bytes.data(), bytes.size(), MSG_NOSIGNAL)), "send");
    }
    const bool sent = all_were_sent(writes);
    read_from_peer(writes * bytes.size());
    if (sent) return;
  }
  throw std::runtime_error(
      "the window of a TCP connection over loopback does not open to 256 segments. Is there a "
      "traffic shaper or a firewall on the loopback interface, or is net.ipv4.tcp_rmem or "
      "tcp_wmem below its default?");
}

}  // namespace timed::bench
