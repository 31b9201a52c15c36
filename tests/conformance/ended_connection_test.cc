// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Operations on a connection that the peer has ended or reset: each one completes, however many are
// started one after the other.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/write.hpp>
#include <optional>
#include <utility>

#include "tests/support/connected.h"
#include "timed/with_timeout.h"

namespace timed::tests {
namespace {

template <class Stream>
class ended_connection : public connected<Stream> {
 public:
  // More than Asio's reactor needs in order to rely on the kernel's next edge.
  static constexpr int several = 5;

  // The peer leaves data unread, so that TCP resets the connection.
  void reset() {
    net::write(this->stream, net::buffer("unread", 6));
    await_delivery(this->stream.socket().native_handle());
    this->peer.close();
  }

  result read() {
    std::optional<result> done;
    this->stream.async_read_some(net::buffer(memory), store(done));
    this->run_until(done);
    return done.value_or(result{net::error::timed_out});
  }

  result write() {
    std::optional<result> done;
    this->stream.async_write_some(net::buffer("x", 1), store(done));
    this->run_until(done);
    return done.value_or(result{net::error::timed_out});
  }

  error_code wait(net::socket_base::wait_type what) {
    std::optional<result> done;
    this->stream.socket().async_wait(what, store(done));
    this->run_until(done);
    return done.value_or(result{net::error::timed_out}).ec;
  }

  // Until the kernel has noticed that the peer has closed.
  void write_until_refused() {
    while (!write().ec) {
      if (this->HasFatalFailure()) return;
    }
  }

  std::array<char, 64> memory{};
};
TYPED_TEST_SUITE(ended_connection, every_stream, protocol_names);

TYPED_TEST(ended_connection, reads_report_eof_each_time) {
  net::write(this->peer, net::buffer("last", 4));
  this->peer.close();
  EXPECT_EQ(this->read().bytes, 4U);
  for (int i = 0; i < this->several; ++i) ASSERT_EQ(this->read().ec, net::error::eof) << i;
}

TYPED_TEST(ended_connection, reads_report_eof_each_time_after_the_peer_s_shutdown) {
  this->peer.shutdown(net::socket_base::shutdown_send);
  for (int i = 0; i < this->several; ++i) {
    ASSERT_EQ(this->read().ec, net::error::eof) << i;
    ASSERT_EQ(this->write().ec, error_code()) << i;  // the other direction is as it was
  }
}

TYPED_TEST(ended_connection, reads_with_a_deadline_report_eof_each_time) {
  this->peer.close();
  for (int i = 0; i < this->several; ++i) {
    std::optional<result> done;
    this->stream.expires_after(30s);
    this->stream.async_read_some(net::buffer(this->memory), with_timeout(20s, store(done)));
    this->run_until(done);
    ASSERT_TRUE(done.has_value());
    ASSERT_EQ(done->ec, net::error::eof) << i;
  }
}

TYPED_TEST(ended_connection, writes_are_refused_each_time) {
  this->reset();
  this->write_until_refused();
  for (int i = 0; i < this->several; ++i) {
    const error_code ec = this->write().ec;
    ASSERT_TRUE(ec == net::error::broken_pipe || ec == net::error::connection_reset) << i << ec;
  }
}

TYPED_TEST(ended_connection, writes_are_refused_each_time_after_a_read_has_reported_it) {
  this->reset();
  while (!this->read().ec) {
  }
  for (int i = 0; i < this->several; ++i) {
    const error_code ec = this->write().ec;
    ASSERT_TRUE(ec == net::error::broken_pipe || ec == net::error::connection_reset) << i << ec;
  }
}

TYPED_TEST(ended_connection, reads_end_each_time_after_a_write_was_refused) {
  this->reset();
  this->write_until_refused();
  for (int i = 0; i < this->several; ++i) ASSERT_TRUE(this->read().ec) << i;
}

TYPED_TEST(ended_connection, writes_are_refused_each_time_once_this_end_is_shut_down) {
  this->stream.socket().shutdown(net::socket_base::shutdown_send);
  for (int i = 0; i < this->several; ++i) {
    ASSERT_EQ(this->write().ec, net::error::broken_pipe) << i;
  }
}

TYPED_TEST(ended_connection, reads_report_eof_each_time_once_this_end_is_shut_down) {
  this->stream.socket().shutdown(net::socket_base::shutdown_receive);
  for (int i = 0; i < this->several; ++i) ASSERT_EQ(this->read().ec, net::error::eof) << i;
}

TYPED_TEST(ended_connection, is_ready_each_time) {
  this->reset();
  this->write_until_refused();
  for (int i = 0; i < this->several; ++i) {
    ASSERT_EQ(this->wait(net::socket_base::wait_read), error_code()) << i;
    ASSERT_EQ(this->wait(net::socket_base::wait_write), error_code()) << i;
  }
}

TYPED_TEST(ended_connection, reads_report_eof_each_time_on_other_streams_of_its_socket) {
  this->peer.close();
  EXPECT_EQ(this->read().ec, net::error::eof);
  this->stream = TypeParam(this->stream.release_socket());
  EXPECT_EQ(this->read().ec, net::error::eof);
}

TYPED_TEST(ended_connection, reads_report_eof_each_time_once_it_is_rebound) {
  using executor = timed::backend::io_context::executor_type;
  using source = typename TypeParam::template rebind_executor<executor>::other;
  source before(this->context);
  connected_peer(before).close();
  std::optional<result> first, second;
  before.async_read_some(net::buffer(this->memory), store(first));
  this->run_until(first);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->ec, net::error::eof);
  TypeParam after(std::move(before));
  after.async_read_some(net::buffer(this->memory), store(second));
  this->run_until(second);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->ec, net::error::eof);
}

// The socket is released from a stream whose read was just started, and has not reported yet.
TYPED_TEST(ended_connection, reads_report_eof_each_time_if_the_socket_is_released_meanwhile) {
  this->peer.close();
  this->context.poll();
  std::optional<result> first;
  this->stream.async_read_some(net::buffer(this->memory), store(first));
  this->stream = TypeParam(this->stream.release_socket());
  EXPECT_EQ(this->read().ec, net::error::eof);
  EXPECT_TRUE(first.has_value());
}

TYPED_TEST(ended_connection, writes_are_refused_each_time_if_the_peer_closes_while_one_waits) {
  this->fill_send_buffer();
  std::optional<result> waiting;
  this->stream.async_write_some(net::buffer("x", 1), store(waiting));
  this->context.poll();
  this->peer.close();
  this->run_until(waiting);
  this->write_until_refused();
  for (int i = 0; i < this->several; ++i) ASSERT_TRUE(this->write().ec) << i;
}

}  // namespace
}  // namespace timed::tests
