// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A stream that connects once more, after a connect that came to nothing.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <optional>
#include <vector>

#include "tests/support/connected.h"
#include "tests/support/endpoints.h"

namespace timed::tests {
namespace {

using net::ip::tcp;

class connect_again : public testing::Test {
 public:
  connect_again() {
    server.open(tcp::v4());
    server.bind({net::ip::address_v4::loopback(), 0});
  }

  // It refuses, until it listens.
  tcp::endpoint refusing() { return server.local_endpoint(); }

  tcp::endpoint unanswering() {
    fillers = stop_answering(silent);
    return silent.local_endpoint();
  }

  error_code connect(const tcp::endpoint& to) {
    std::optional<result> done;
    stream.async_connect(to, store(done));
    context.restart();
    context.run_for(20s);
    return done ? done->ec : net::error::try_again;
  }

  timed::backend::io_context context;
  tcp_acceptor server{context};
  tcp_acceptor silent{context, {net::ip::address_v4::loopback(), 0}};
  std::vector<tcp_socket> fillers;
  tcp_stream stream{context};
  error_code ec;
};

TEST_F(connect_again, after_a_refusal_is_refused_again_or_reaches_a_server_that_has_come_up) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(connect(refusing()), net::error::connection_refused);
  server.listen();
  EXPECT_EQ(connect(refusing()), error_code());
  EXPECT_EQ(stream.socket().remote_endpoint(), server.local_endpoint());
}

TEST_F(connect_again, synchronously_does_so_too_with_a_deadline_and_without) {
  for (const bool timed : {true, false, true}) {
    stream.sync_deadlines(timed);
    stream.expires_after(20s);
    for (int i = 0; i < 3; ++i) {
      stream.connect(refusing(), ec);
      EXPECT_EQ(ec, net::error::connection_refused);
    }
  }
  EXPECT_EQ(connect(refusing()), net::error::connection_refused);
  server.listen();
  stream.connect(refusing(), ec);
  EXPECT_EQ(ec, error_code());
}

TEST_F(connect_again, after_a_range_that_was_refused_does_so_too) {
  std::optional<result> done;
  stream.async_connect(std::vector<tcp::endpoint>(2, refusing()),
                       [&](error_code failed, const tcp::endpoint&) { done = result{failed}; });
  context.run();
  EXPECT_EQ(done->ec, net::error::connection_refused);
  EXPECT_EQ(connect(refusing()), net::error::connection_refused);
}

TEST_F(connect_again, after_one_that_was_cancelled_reaches_the_server) {
  const tcp::endpoint none = unanswering();
  server.listen();
  for (const bool by_slot : {true, false}) {
    net::cancellation_signal signal;
    std::optional<result> done;
    stream.async_connect(none, net::bind_cancellation_slot(signal.slot(), store(done)));
    context.restart();
    context.poll();
    if (by_slot) {
      signal.emit(net::cancellation_type::terminal);
    } else {
      stream.cancel();
    }
    context.run_for(20s);
    ASSERT_TRUE(done.has_value());
    EXPECT_EQ(done->ec, net::error::operation_aborted);
    EXPECT_EQ(connect(refusing()), error_code());
    EXPECT_EQ(stream.write_some(net::buffer("x", 1), ec), 1u);
    stream.close();
  }
}

// The kernel says so from the second time on.
TEST_F(connect_again, while_connected_leaves_the_connection_alone) {
  server.listen();
  EXPECT_EQ(connect(refusing()), error_code());
  const tcp::endpoint local = stream.socket().local_endpoint();
  for (int i = 0; i < 2; ++i) ec = connect(refusing());
  EXPECT_EQ(ec, net::error::already_connected);
  stream.connect(refusing(), ec);
  EXPECT_EQ(ec, net::error::already_connected);
  EXPECT_EQ(stream.socket().local_endpoint(), local);
  EXPECT_EQ(stream.write_some(net::buffer("x", 1), ec), 1u);
}

}  // namespace
}  // namespace timed::tests
