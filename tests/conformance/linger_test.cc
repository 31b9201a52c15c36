// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Ends of connections whose SO_LINGER says that closing waits for what has not been sent, with a
// peer that does not read.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/connected.h"

// As Beast has it.
namespace boost::beast {
enum class role_type { client, server };
}

namespace timed::tests {
namespace {

using net::ip::tcp;

class linger : public connected<tcp_stream> {
 public:
  void SetUp() override {
    connected::SetUp();
    prepare(60);
  }

  void prepare(int seconds) {
    // What has been sent may still be on its way, and make room when it arrives.
    while (fill_send_buffer() != 0) std::this_thread::sleep_for(10ms);
    stream.socket().non_blocking(false);
    stream.socket().set_option(net::socket_base::linger(true, seconds));
  }

  // Far less than the socket would linger for.
  void expect_no_wait() {
    EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
    EXPECT_FALSE(stream.socket().is_open());
  }

  const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::optional<result> done;
  error_code ec;
};

TEST_F(linger, does_not_block_a_timeout) {
  stream.expires_after(10ms);
  stream.async_write_some(net::buffer("x", 1), store(done));
  run_until(done);
  EXPECT_EQ(done->ec, error::timeout);
  expect_no_wait();
}

TEST_F(linger, does_not_block_a_synchronous_timeout) {
  stream.sync_deadlines(true);
  stream.expires_after(10ms);
  stream.write_some(net::buffer("x", 1), ec);
  EXPECT_EQ(ec, error::timeout);
  expect_no_wait();
}

TEST_F(linger, does_not_block_a_destructor) {
  { const tcp_stream gone(std::move(stream)); }
  expect_no_wait();
}

TEST_F(linger, does_not_block_a_destructor_with_operations_outstanding) {
  stream.async_write_some(net::buffer("x", 1), store(done));
  { const tcp_stream gone(std::move(stream)); }
  run_until(done);
  EXPECT_EQ(done->ec, net::error::operation_aborted);
  expect_no_wait();
}

TEST_F(linger, does_not_block_a_destructor_of_a_plain_socket) {
  { const tcp_socket gone(std::move(stream.socket())); }
  expect_no_wait();
}

TEST_F(linger, does_not_block_an_assignment) {
  stream = tcp_stream(context);
  expect_no_wait();
}

TEST_F(linger, does_not_block_a_teardown) {
  stream.linger_timeout(10ms);
  async_teardown(boost::beast::role_type::client, stream, store(done));
  run_until(done);
  EXPECT_EQ(done->ec, error::timeout);
  expect_no_wait();
}

TEST_F(linger, does_not_block_a_synchronous_teardown) {
  stream.linger_timeout(10ms);
  teardown(boost::beast::role_type::client, stream, ec);
  EXPECT_EQ(ec, error::timeout);
  expect_no_wait();
}

TEST_F(linger, does_not_block_closing_by_beast) {
  beast_close_socket(stream);
  expect_no_wait();
}

TEST_F(linger, does_not_block_a_connect_to_a_range_which_closes_the_socket) {
  tcp_acceptor acceptor(context, {net::ip::address_v4::loopback(), 0});
  const std::vector<tcp::endpoint> endpoints = {acceptor.local_endpoint()};
  stream.async_connect(endpoints,
                       [&](error_code failed, const tcp::endpoint&) { done = result{failed}; });
  run_until(done);
  EXPECT_EQ(done->ec, error_code());
  prepare(60);
  stream.connect(endpoints, ec);
  EXPECT_EQ(ec, error_code());
  stream.close();
  expect_no_wait();
}

// How long close(2) then waits is the kernel's affair: a signal ends it, for example.
TEST_F(linger, holds_for_close) {
  const int same = ::dup(stream.socket().native_handle());
  stream.close();
  ::linger set{};
  ::socklen_t size = sizeof(set);
  EXPECT_EQ(::getsockopt(same, SOL_SOCKET, SO_LINGER, &set, &size), 0);
  EXPECT_EQ(set.l_onoff, 1);
  EXPECT_EQ(set.l_linger, 60);
  set.l_onoff = 0;
  ::setsockopt(same, SOL_SOCKET, SO_LINGER, &set, size);
  ::close(same);
}

TEST_F(linger, of_zero_resets_the_connection_however_it_ends) {
  for (const bool by_close : {true, false}) {
    tcp_stream reset(context);
    tcp_socket other = connected_peer(reset);
    reset.socket().set_option(net::socket_base::linger(true, 0));
    if (by_close) {
      reset.close();
    } else {
      reset.expires_after(10ms);
      char byte;
      done.reset();
      reset.async_read_some(net::buffer(&byte, 1), store(done));
      run_until(done);
    }
    char byte;
    other.read_some(net::buffer(&byte, 1), ec);
    EXPECT_EQ(ec, net::error::connection_reset) << by_close;
  }
}

}  // namespace
}  // namespace timed::tests
