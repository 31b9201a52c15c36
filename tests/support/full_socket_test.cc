// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/support/full_socket.h"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <chrono>
#include <thread>

#include "tests/support/connected.h"
#include "timed/backend.h"
#include "timed/error.h"

namespace timed::tests {
namespace {

using namespace std::chrono_literals;

// What TCP sends late, into the rest of the peer's window, would make room.
TEST(full_socket, stays_full) {
  timed::backend::io_context context;
  tcp_socket a(context);
  tcp_socket b(context);
  connect_sockets(a, b);
  fill_send_buffer(a);
  EXPECT_EQ(peer_window(a.native_handle()), 0U);
  std::this_thread::sleep_for(600ms);
  error_code ec;
  a.write_some(net::buffer("a", 1), ec);
  EXPECT_EQ(ec, net::error::would_block);
}

}  // namespace
}  // namespace timed::tests
