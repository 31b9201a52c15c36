// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <array>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>
#include <optional>
#include <thread>

#include "tests/support/child_process.h"
#include "tests/support/connected.h"

namespace timed::tests {
namespace {

// What a process has outstanding goes on when its child closes its copies of the sockets.
TEST(fork, leaves_the_parent_alone_when_the_child_closes_its_sockets) {
  timed::backend::io_context context;
  unix_stream stream(context);
  auto peer = connected_peer(stream);
  tcp_acceptor acceptor(context, {net::ip::address_v4::loopback(), 0});
  tcp_socket accepted(context);
  std::array<char, 8> memory{};
  std::optional<result> read, incoming;
  stream.async_read_some(net::buffer(memory), store(read));
  acceptor.async_accept(accepted, store(incoming));
  context.run_for(10ms);
  // Asio's io_uring makes a ring in the child, for which other programs of this user may have
  // locked too much memory at the moment.
  constexpr int no_memory = 98;
  int status = no_memory;
  for (int tries = 0; status == no_memory && tries < 100; ++tries) {
    if (tries != 0) std::this_thread::sleep_for(100ms);
    context.notify_fork(net::execution_context::fork_prepare);
    child_process child([&] {
      try {
        context.notify_fork(net::execution_context::fork_child);
      } catch (const boost::system::system_error& thrown) {
        if (thrown.code() == boost::system::errc::not_enough_memory) return no_memory;
        throw;
      }
      stream.close();
      acceptor.close();
      context.run_for(10ms);
      return stream.socket().is_open() || acceptor.is_open() ? 1 : 0;
    });
    context.notify_fork(net::execution_context::fork_parent);
    status = child.wait();
  }
  EXPECT_EQ(status, 0);
  context.run_for(10ms);
  EXPECT_FALSE(read.has_value());
  EXPECT_FALSE(incoming.has_value());
  peer.write_some(net::buffer("x", 1));
  tcp_socket client(context);
  client.connect(acceptor.local_endpoint());
  context.restart();
  context.run_for(20s);
  ASSERT_TRUE(read && incoming);
  EXPECT_EQ(read->ec, error_code());
  EXPECT_EQ(read->bytes, 1u);
  EXPECT_EQ(incoming->ec, error_code());
}

}  // namespace
}  // namespace timed::tests
