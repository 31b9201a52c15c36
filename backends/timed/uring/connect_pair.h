// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// Connected pairs of sockets on a `timed::uring::io_context`.

#ifndef TIMED_URING_CONNECT_PAIR_H
#define TIMED_URING_CONNECT_PAIR_H

#include <sys/socket.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "timed/detail/descriptor_calls.h"
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
  timed::detail::unique_descriptor first(natives[0]);
  timed::detail::unique_descriptor second(natives[1]);
  if (b.is_open()) {
    ec = net::error::already_open;
    return;
  }
  a.assign(protocol, first.get(), ec);
  if (ec) return;
  (void)first.release();
  try {
    b.assign(protocol, second.get(), ec);
  } catch (...) {
    a.close();
    throw;
  }
  if (ec) return a.close();
  (void)second.release();
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
