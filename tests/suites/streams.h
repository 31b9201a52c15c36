// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Included before Asio's unit test of connect(), after what that includes itself: from here on its
// functions of a socket and a range are the members of a timed stream, and sockets are such
// streams.

#pragma once

#include <utility>

#include "timed/tcp_stream.h"
// clang-format off
#include "asio.h"  // From here on names mean ours.
#undef tcp
// clang-format on

namespace boost::asio {
namespace ip {

struct suite_stream : timed::tcp_stream {
  using timed::tcp_stream::tcp_stream;
  bool is_open() { return timed::tcp_stream::socket().is_open(); }
};
class suite_stream_acceptor : public timed::backend::basic_acceptor<tcp> {
 public:
  using timed::backend::basic_acceptor<tcp>::basic_acceptor;
  template <class Handler>
  auto async_accept(suite_stream& peer, Handler&& handler) {
    return timed::backend::basic_acceptor<tcp>::async_accept(peer.socket(),
                                                             std::forward<Handler>(handler));
  }
};
struct suite_tcp_of_streams : tcp {
  suite_tcp_of_streams(const tcp& other) : tcp(other) {}
  using socket = suite_stream;
  using acceptor = suite_stream_acceptor;
};

}  // namespace ip

template <class... Arguments>
auto suite_connect(ip::suite_stream& stream, Arguments&&... arguments) {
  return stream.connect(std::forward<Arguments>(arguments)...);
}
template <class... Arguments>
auto suite_async_connect(ip::suite_stream& stream, Arguments&&... arguments) {
  return stream.async_connect(std::forward<Arguments>(arguments)...);
}

}  // namespace boost::asio

#define tcp suite_tcp_of_streams
#define connect suite_connect
#define async_connect suite_async_connect
