// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Acceptors that spread connections over a pool's contexts.

#include "timed/pool_acceptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstddef>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "tests/support/pool_clients.h"

namespace timed::tests {
namespace {

using backend::balancing;
using backend::context_pool;
using backend::pool_acceptor;

class pool_acceptors : public accepting_pool {};

TEST_F(pool_acceptors, give_connections_to_the_contexts_one_after_the_other) {
  listen(3, {.balance = balancing::round_robin});
  const running_pool running(*pool);
  connect(9);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(begun.of(i), 3u);
    EXPECT_EQ(pool->connections(i), 3u);
  }
}

TEST_F(pool_acceptors, give_connections_to_the_context_with_the_fewest) {
  listen(3);
  const running_pool running(*pool);
  for (int i = 0; i < 9; ++i) connect();
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(begun.of(i), 3u);

  // One after the other, so that every third client is that of one context.
  for (std::size_t i = 1; i < 9; i += 3) clients[i].close();
  ended.wait_for(3);
  std::size_t emptied = 0;
  while (emptied < 3 && ended.of(emptied) == 0) ++emptied;
  ASSERT_LT(emptied, 3u);
  EXPECT_EQ(pool->connections(emptied), 0u);
  connect(3);
  EXPECT_EQ(begun.of(emptied), 6u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(pool->connections(i), 3u);
}

TEST_F(pool_acceptors, can_listen_in_each_context_by_itself) {
  listen(2, {.reuse_port = true});
  const running_pool running(*pool);
  connect(64);
  EXPECT_EQ(begun.of(0) + begun.of(1), 64u);
  EXPECT_GT(begun.of(0), 0u);  // by chance not, once in 2^64 times
  EXPECT_GT(begun.of(1), 0u);
}

TEST_F(pool_acceptors, of_unix_sockets_hand_over_and_refuse_to_share_the_endpoint) {
  using protocol = net::local::stream_protocol;
  const protocol::endpoint endpoint(std::string(1, '\0') + "timed_pool_acceptor." +
                                    std::to_string(std::random_device()()));
  pool.emplace(2);
  using unix_socket = backend::basic_stream_socket<protocol>;
  const auto count = [this](unix_socket, context_pool::connection connection) {
    begun.add(connection.context_index());
  };
  using unix_acceptor = backend::basic_pool_acceptor<protocol>;
  EXPECT_THROW(unix_acceptor(*pool, endpoint, count, {.reuse_port = true}),
               boost::system::system_error);
  const unix_acceptor listening(*pool, endpoint, count, {.balance = balancing::round_robin});
  const running_pool running(*pool);
  for (int i = 0; i < 4; ++i) unix_socket(client_context).connect(endpoint);
  begun.wait_for(4);
  EXPECT_EQ(begun.of(0), 2u);
}

TEST_F(pool_acceptors, report_an_endpoint_that_is_in_use) {
  listen(1);
  EXPECT_THROW(pool_acceptor(*pool, acceptor->local_endpoint(), on_connection()),
               boost::system::system_error);
}

TEST_F(pool_acceptors, stop_when_they_are_closed) {
  for (const bool reuse_port : {false, true}) {
    listen(2, {.reuse_port = reuse_port});
    {
      const running_pool running(*pool);
      connect();
      acceptor->close();
      tally closed;  // in each context, behind what closes its listening socket
      for (std::size_t i = 0; i < 2; ++i) net::post(pool->context(i), [&] { closed.add(); });
      closed.wait_for(2);
      EXPECT_TRUE(is_refused());
    }
    clients.clear();
    acceptor.reset();
    pool.reset();
  }
}

TEST_F(pool_acceptors, report_that_descriptors_have_run_out_and_accept_when_there_are_some) {
  tally failed;
  error_code why;
  listen(2, {.on_error =
                 [&](error_code ec) {
                   if (failed.all() != 0) return;
                   why = ec;
                   failed.add();
                 },
             .retry_after = 1ms});
  clients.emplace_back(client_context).connect(acceptor->local_endpoint());

  ::rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest_free = ::fcntl(0, F_DUPFD_CLOEXEC, 0);
  ::close(lowest_free);
  ::rlimit none_left = before;
  none_left.rlim_cur = static_cast<::rlim_t>(lowest_free);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
  const running_pool running(*pool);
  failed.wait_for(1);
  EXPECT_EQ(begun.all(), 0u);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(why, net::error::no_descriptors);
  begun.wait_for(1);
}

TEST_F(pool_acceptors, accept_on_after_a_function_of_theirs_has_thrown) {
  pool.emplace(2);
  bool has_thrown = false;
  acceptor.emplace(*pool, any_port, [&](tcp_socket socket, context_pool::connection connection) {
    if (!std::exchange(has_thrown, true)) throw std::runtime_error("of a connection");
    on_connection()(std::move(socket), std::move(connection));
  });
  clients.emplace_back(client_context).connect(acceptor->local_endpoint());
  EXPECT_THROW(pool->run(), std::runtime_error);
  EXPECT_EQ(pool->connections(), 0u);
  const running_pool running(*pool);
  connect();
}

}  // namespace
}  // namespace timed::tests
