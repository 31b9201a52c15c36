// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Pools that end in order: acceptors close, connections end or are cut off.

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include "tests/support/pool_clients.h"
#include "timed/context_pool.h"
#include "timed/pool_acceptor.h"

namespace timed::tests {
namespace {

using backend::context_pool;
using backend::pool_acceptor;

class pool_drain : public accepting_pool {};

TEST_F(pool_drain, closes_acceptors_and_waits_for_connections_to_end) {
  for (const bool reuse_port : {false, true}) {
    listen(2, {.reuse_port = reuse_port});
    running_pool running(*pool);
    const std::size_t before = ended.all();
    connect(4);
    pool->drain(1h);
    EXPECT_TRUE(pool->is_draining());
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_FALSE(running.has_ended());
      clients[i].close();
      ended.wait_for(before + i + 1);
    }
    EXPECT_EQ(running.join(), 0u);
    EXPECT_TRUE(pool->stopped());
    EXPECT_TRUE(is_refused());
    clients.clear();
    acceptor.reset();
  }
}

TEST_F(pool_drain, cuts_off_what_has_not_ended_when_its_time_has_passed) {
  listen(2);
  running_pool running(*pool);
  connect(3);
  clients[0].close();
  ended.wait_for(1);
  pool->drain(1ms);
  EXPECT_EQ(running.join(), 2u);
  EXPECT_EQ(pool->connections(), 2u);
  acceptor.reset();
  pool.reset();
  EXPECT_EQ(ended.all(), 3u);
  char byte = 0;
  error_code ec;
  clients[1].read_some(net::buffer(&byte, 1), ec);
  EXPECT_EQ(ec, net::error::eof);
}

TEST_F(pool_drain, ends_at_the_earliest_of_several_deadlines) {
  listen(2);
  running_pool running(*pool);
  connect();
  pool->drain(std::chrono::hours::max());
  EXPECT_FALSE(running.has_ended());
  pool->drain(-1h);
  pool->drain(1h);
  EXPECT_EQ(running.join(), 1u);
}

// An acceptor that the drain does not count would have it wait for an hour.
TEST(pool_drain_on_another_thread, may_begin_while_an_acceptor_is_being_made) {
  for (int i = 0; i < 100; ++i) {
    context_pool pool({.contexts = 1});
    running_pool running(pool);
    std::thread draining([&] { pool.drain(1h); });
    const pool_acceptor made(pool, {net::ip::address_v4::loopback(), 0}, [](auto&&...) {});
    draining.join();
    EXPECT_EQ(running.join(), 0u);
  }
}

TEST_F(pool_drain, may_begin_before_the_pool_runs) {
  listen(2, {.reuse_port = true});
  pool->drain(1h);
  const pool_acceptor late(*pool, any_port, on_connection());
  EXPECT_EQ(pool->run(), 0u);
  EXPECT_TRUE(is_refused());
}

TEST_F(pool_drain, is_told_to_connections) {
  pool.emplace(1);
  std::vector<bool> answers;
  acceptor.emplace(*pool, any_port, [&](tcp_socket, const context_pool::connection& connection) {
    answers.push_back(connection.is_draining());
    pool->drain(1h);
    answers.push_back(connection.is_draining());
  });
  clients.emplace_back(client_context).connect(acceptor->local_endpoint());
  EXPECT_EQ(pool->run(), 0u);
  EXPECT_EQ(answers, (std::vector<bool>{false, true}));
}

}  // namespace
}  // namespace timed::tests
