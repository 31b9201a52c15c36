// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <array>
#include <optional>

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
  context.notify_fork(net::execution_context::fork_prepare);
  child_process child([&] {
    context.notify_fork(net::execution_context::fork_child);
    stream.close();
    acceptor.close();
    context.run_for(10ms);
    return stream.socket().is_open() || acceptor.is_open() ? 1 : 0;
  });
  context.notify_fork(net::execution_context::fork_parent);
  EXPECT_EQ(child.wait(), 0);
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
