// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How to test one's own timeouts: timed::manual_clock in place of the time of day. The unit is an
// hour here, and nothing sleeps.

#include "deadlines/deadlines.h"

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "timed/backend.h"
#include "timed/error.h"
#include "timed/manual_clock.h"
#include "timed/tcp_stream.h"

namespace {

namespace net = deadlines::net;
using namespace std::chrono_literals;
using deadlines::outcome;

class deadline : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string reason = timed::backend::unavailable_reason();
    if (reason.empty()) return;
    const char* required = std::getenv("TIMED_REQUIRE_IO_URING");
    if (required != nullptr && std::string(required) == "1") FAIL() << reason;
    GTEST_SKIP() << reason;
  }

  void SetUp() override {
    stream.connect(listener.local_endpoint());
    listener.accept(peer);
  }

  void start(net::awaitable<outcome> function) {
    net::co_spawn(context, std::move(function), [this](std::exception_ptr thrown, outcome how) {
      if (thrown) std::rethrow_exception(thrown);
      ended = how;
    });
    settle();
  }

  // Lets an hour pass; then the peer sends a byte.
  void hour_with_byte() {
    pass(1h);
    net::write(peer, net::buffer("x", 1));
    // TCP may deliver it a little later.
    for (int on_its_way = 1; on_its_way != 0; std::this_thread::yield()) {
      ASSERT_EQ(::ioctl(peer.native_handle(), SIOCOUTQ, &on_its_way), 0);
    }
    settle();
  }

  void pass(timed::manual_clock::duration by) {
    clock.advance(by);
    settle();
  }

  // Runs the context until it has nothing left to do. What a socket has been sent, and what has
  // timed out, comes within a few rounds.
  void settle() {
    do {
      context.restart();
    } while (context.run_one_for(20ms) + context.poll() != 0);
  }

  // How much time is left until the next deadline.
  std::optional<timed::manual_clock::duration> left() {
    const auto next = clock.next_deadline();
    if (!next) return std::nullopt;
    return *next - clock.now();
  }

  timed::backend::io_context context;
  timed::manual_clock clock{context};
  timed::backend::basic_acceptor<net::ip::tcp> listener{context,
                                                        {net::ip::address_v4::loopback(), 0}};
  timed::tcp_stream stream{context};
  timed::tcp_stream::socket_type peer{context};
  std::optional<outcome> ended;
};

TEST_F(deadline, for_the_whole_exchange_is_not_extended_by_what_comes) {
  start(deadlines::for_the_whole_exchange(stream, 1h));
  hour_with_byte();
  hour_with_byte();
  EXPECT_EQ(left(), 30min);
  pass(30min - 1ns);
  EXPECT_FALSE(ended);
  pass(1ns);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->error, timed::error::timeout);
  EXPECT_EQ(ended->bytes, 2u);
  EXPECT_FALSE(ended->open);
}

TEST_F(deadline, for_each_read_begins_with_it) {
  start(deadlines::for_each_read(stream, 1h));
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(left(), 90min);
    hour_with_byte();
  }
  pass(90min);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->error, timed::error::timeout);
  EXPECT_EQ(ended->bytes, 4u);
}

TEST_F(deadline, for_each_operation_begins_with_it) {
  start(deadlines::for_each_operation(stream, 1h));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(left(), 90min);
    hour_with_byte();
  }
  pass(90min);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->error, timed::error::timeout);
  EXPECT_EQ(ended->bytes, 2u);
  EXPECT_FALSE(ended->open);
}

TEST_F(deadline, for_one_operation_leaves_the_stream_open) {
  start(deadlines::for_one_operation(stream, 1h));
  hour_with_byte();
  pass(30min);  // the first operation has timed out, with one byte of its three
  EXPECT_EQ(left(), 10h);
  hour_with_byte();
  hour_with_byte();
  ASSERT_TRUE(ended);
  EXPECT_FALSE(ended->error);
  EXPECT_EQ(ended->bytes, 3u);
  EXPECT_TRUE(ended->open);
}

TEST_F(deadline, can_be_moved_while_an_operation_is_outstanding) {
  start(deadlines::moved_while_outstanding(stream, 1h));
  EXPECT_EQ(left(), 150min);
  pass(149min);
  EXPECT_FALSE(ended);
  pass(1min);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->error, timed::error::timeout);
}

TEST_F(deadline, for_each_write_makes_a_read_time_out_too_as_it_closes_the_stream) {
  start(deadlines::for_each_write(stream, 1h));
  hour_with_byte();
  pass(5h);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->error, timed::error::timeout);
  EXPECT_EQ(ended->bytes, 1u);
}

TEST_F(deadline, for_a_connect_ends_it) {
  // A listener whose backlog is full accepts no connection.
  timed::backend::basic_acceptor<net::ip::tcp> full(context, net::ip::tcp::v4());
  full.bind({net::ip::address_v4::loopback(), 0});
  full.listen(0);
  timed::tcp_stream::socket_type first(context);
  first.connect(full.local_endpoint());
  full.wait(net::socket_base::wait_read);  // it may arrive a little later
  start(deadlines::for_a_connect(full.local_endpoint(), 1h));
  EXPECT_EQ(left(), 90min);
  pass(90min);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->error, timed::error::timeout);
}

TEST_F(deadline, for_a_synchronous_read_ends_it) {
  pass(1h);
  const auto how = deadlines::for_a_synchronous_read(stream, 0h);
  EXPECT_EQ(how.error, timed::error::timeout);
  EXPECT_FALSE(how.open);
}

}  // namespace
