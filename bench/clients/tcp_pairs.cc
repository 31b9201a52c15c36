// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/tcp_pairs.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>

#include "bench/clients/tcp_sockets.h"

namespace timed::bench {

tcp_pairs::tcp_pairs() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket") {
  // Before a connection is made, as BBR leaves its pacing behind.
  constexpr std::array<char, 4> reno{'r', 'e', 'n', 'o'};
  check_call(::setsockopt(listener_.get(), IPPROTO_TCP, TCP_CONGESTION, reno.data(), reno.size()),
             "TCP_CONGESTION reno");
  address_.sin_family = AF_INET;
  address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address_);
  auto* const address = reinterpret_cast<sockaddr*>(&address_);
  check_call(::bind(listener_.get(), address, length), "bind to 127.0.0.1");
  check_call(::listen(listener_.get(), 1), "listen");
  check_call(::getsockname(listener_.get(), address, &length), "getsockname");
}

tcp_pair tcp_pairs::make() {
  tcp_pair pair;
  pair.connected = connect_to(address_);
  pair.accepted =
      owned_descriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept");
  const int enabled = 1;
  check_call(::setsockopt(pair.accepted.get(), IPPROTO_TCP, TCP_NODELAY, &enabled, sizeof(enabled)),
             "TCP_NODELAY");
  return pair;
}

}  // namespace timed::bench
