// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A pool that accepts connections, and clients of it.

#ifndef TIMED_TESTS_SUPPORT_POOL_CLIENTS_H
#define TIMED_TESTS_SUPPORT_POOL_CLIENTS_H

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tests/support/connected.h"
#include "tests/support/pools.h"
#include "timed/context_pool.h"
#include "timed/pool_acceptor.h"

namespace timed::tests {

inline const net::ip::tcp::endpoint any_port(net::ip::address_v4::loopback(), 0);

/// Reads until the peer closes. Then it is counted as ended, after the pool has counted it so.
class pool_session : public std::enable_shared_from_this<pool_session> {
 public:
  pool_session(tcp_stream stream, backend::context_pool::connection counted, tally& ended)
      : stream_(std::move(stream)), counted_(std::move(counted)), ended_(ended) {}
  ~pool_session() {
    counted_.end();
    ended_.add(counted_.context_index());
  }

  void read() {
    stream_.expires_after(1h);
    stream_.async_read_some(net::buffer(memory_),
                            [self = shared_from_this()](error_code ec, std::size_t) {
                              if (!ec) self->read();
                            });
  }

 private:
  tcp_stream stream_;
  backend::context_pool::connection counted_;
  tally& ended_;
  std::array<char, 16> memory_{};
};

/// A pool that accepts, and clients of it.
class accepting_pool : public testing::Test {
 public:
  void listen(std::size_t contexts, const backend::accept_options& wanted = {}) {
    pool.emplace(contexts);
    acceptor.emplace(*pool, any_port, on_connection(), wanted);
  }

  std::function<void(tcp_socket, backend::context_pool::connection)> on_connection() {
    return [this](tcp_socket socket, backend::context_pool::connection connection) {
      EXPECT_EQ(socket.get_executor(), connection.get_executor());
      const std::size_t context = context_of(*pool, socket.get_executor());
      EXPECT_EQ(context, connection.context_index());
      std::make_shared<pool_session>(tcp_stream(std::move(socket)), std::move(connection), ended)
          ->read();
      begun.add(context);
    };
  }

  // Connects, and waits until a context has the connection.
  void connect(int count = 1) {
    const std::size_t before = begun.all();
    for (int i = 0; i < count; ++i) {
      clients.emplace_back(client_context).connect(acceptor->local_endpoint());
    }
    begun.wait_for(before + static_cast<std::size_t>(count));
  }

  bool is_refused() {
    error_code ec;
    tcp_socket client(client_context);
    client.connect(acceptor->local_endpoint(), ec);
    return ec == net::error::connection_refused;
  }

  tally begun;
  tally ended;
  backend::io_context client_context;
  std::vector<tcp_socket> clients;
  std::optional<backend::context_pool> pool;
  std::optional<backend::pool_acceptor> acceptor;
};

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_POOL_CLIENTS_H
