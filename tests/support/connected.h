// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Connected pairs of sockets, and ways to wait for what happens on them.

#ifndef TIMED_TESTS_SUPPORT_CONNECTED_H
#define TIMED_TESTS_SUPPORT_CONNECTED_H

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/support/full_socket.h"
#include "tests/support/handler_result.h"
#include "timed/backend.h"
#include "timed/error.h"
#include "timed/tcp_stream.h"
#include "timed/unix_stream.h"

namespace timed::tests {

using namespace std::chrono_literals;

using tcp_acceptor = timed::backend::basic_acceptor<net::ip::tcp>;
using tcp_socket = timed::backend::basic_stream_socket<net::ip::tcp>;

/// Connects two plain sockets to each other, over loopback.
template <class Socket>
void connect_sockets(Socket& a, Socket& b) {
  using protocol = typename Socket::protocol_type;
  if constexpr (std::is_same_v<protocol, net::local::stream_protocol>) {
    timed::backend::connect_pair(a, b);
  } else {
    timed::backend::basic_acceptor<protocol, typename Socket::executor_type> acceptor(
        a.get_executor(), {net::ip::address_v4::loopback(), 0});
    a.connect(acceptor.local_endpoint());
    acceptor.accept(b);
    a.set_option(net::ip::tcp::no_delay(true));
  }
}

/// Connects a stream to a new plain socket.
template <class Stream>
typename Stream::socket_type connected_peer(Stream& stream) {
  typename Stream::socket_type peer(stream.get_executor());
  connect_sockets(stream.socket(), peer);
  return peer;
}

/// A timed stream connected to a plain socket, in one context that the test runs.
template <class Stream>
class connected : public testing::Test {
 public:
  using stream_type = Stream;
  using socket_type = typename Stream::socket_type;

  void SetUp() override { connect_sockets(stream.socket(), peer); }

  /// Runs the context until `done` has a value; fails the test if that takes too long.
  void run_until(const std::optional<result>& done, std::chrono::milliseconds at_most = 20s) {
    const auto end = std::chrono::steady_clock::now() + at_most;
    context.restart();
    while (!done && std::chrono::steady_clock::now() < end) {
      if (context.run_one_for(at_most) == 0) break;
    }
    ASSERT_TRUE(done.has_value()) << "the handler was not called";
  }

  /// Runs the context until a condition holds; fails the test if that takes too long.
  template <class Condition>
  void run_until_holds(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!condition() && std::chrono::steady_clock::now() < end) {
      context.restart();
      context.run_one_for(1ms);
    }
    ASSERT_TRUE(condition());
  }

  /// Runs the context until nothing is outstanding.
  void run_to_end() {
    context.restart();
    context.run_for(20s);
    ASSERT_TRUE(context.stopped()) << "something is still outstanding";
  }

  std::size_t fill_send_buffer() { return tests::fill_send_buffer(stream.socket()); }

  /// Reads until the stream's end or an error, without ever waiting for more than has been written.
  /// @return How many bytes that were.
  std::size_t drain_peer() {
    peer.non_blocking(true);
    std::vector<char> block(1 << 16);
    std::size_t total = 0;
    for (int waits = 0;; ++waits) {
      error_code ec;
      while (!ec) total += peer.read_some(net::buffer(block), ec);
      const bool may_come = ec == net::error::would_block && waits < 2000;
      if (!may_come || !has_unsent(stream.socket().native_handle())) return total;
      std::this_thread::sleep_for(1ms);  // until TCP has noticed that there is room
    }
  }

  timed::backend::io_context context;
  Stream stream{context};
  socket_type peer{context};
};

using every_stream = testing::Types<tcp_stream, unix_stream>;

/// Names a typed test's instances by protocol.
struct protocol_names {
  template <class Stream>
  static std::string GetName(int) {
    return std::is_same_v<Stream, tcp_stream> ? "tcp" : "unix";
  }
};

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_CONNECTED_H
