// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// Connected pairs of sockets on a `timed::uring::io_context`.

#ifndef TIMED_URING_CONNECT_PAIR_H
#define TIMED_URING_CONNECT_PAIR_H

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/local/stream_protocol.hpp>

#include "timed/uring/basic_stream_socket.h"

namespace timed::uring {

/// Makes two Unix domain sockets that are connected to each other, as `net::local::connect_pair`.
template <class Executor, class OtherExecutor>
void connect_pair(basic_stream_socket<net::local::stream_protocol, Executor>& a,
                  basic_stream_socket<net::local::stream_protocol, OtherExecutor>& b,
                  error_code& ec) {
  std::array<int, 2> natives{};
  const net::local::stream_protocol protocol;
  ec = detail::error_if(::socketpair(protocol.family(), protocol.type() | SOCK_CLOEXEC,
                                     protocol.protocol(), natives.data()));
  if (ec) return;
  a.assign(protocol, natives[0], ec);
  if (ec) {
    ::close(natives[0]);
    ::close(natives[1]);
    return;
  }
  b.assign(protocol, natives[1], ec);
  if (!ec) return;
  ::close(natives[1]);
  a.close();
}
/// As above; throws the error as `boost::system::system_error`.
template <class Executor, class OtherExecutor>
void connect_pair(basic_stream_socket<net::local::stream_protocol, Executor>& a,
                  basic_stream_socket<net::local::stream_protocol, OtherExecutor>& b) {
  error_code ec;
  connect_pair(a, b, ec);
  detail::throw_if(ec, "connect_pair");
}

}  // namespace timed::uring

#endif  // TIMED_URING_CONNECT_PAIR_H
