// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <optional>
#include <vector>

#include "tests/support/connected.h"
#include "tests/support/endpoints.h"

namespace timed::tests {
namespace {

using net::ip::tcp;

class connect : public testing::Test {
 public:
  void run_until(const std::optional<result>& done) {
    context.restart();
    while (!done && context.run_one_for(20s) != 0) {
    }
    ASSERT_TRUE(done.has_value());
  }

  void fill_backlog() { fillers = stop_answering(acceptor); }

  timed::backend::io_context context;
  tcp_acceptor acceptor{context, {net::ip::address_v4::loopback(), 0}};
  tcp_stream stream{context};
  std::vector<tcp_socket> fillers;
};

TEST_F(connect, opens_the_socket_and_reaches_the_acceptor) {
  std::optional<result> done;
  stream.expires_after(20s);
  stream.async_connect(acceptor.local_endpoint(), store(done));
  EXPECT_FALSE(done.has_value());
  run_until(done);
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(stream.socket().remote_endpoint(), acceptor.local_endpoint());
}

TEST_F(connect, to_a_closed_port_reports_connection_refused) {
  std::optional<result> done;
  stream.expires_after(20s);
  stream.async_connect(refusing_endpoint(), store(done));
  run_until(done);
  EXPECT_EQ(done->ec, net::error::connection_refused);
}

TEST_F(connect, that_gets_no_answer_reports_timeout) {
  fill_backlog();
  std::optional<result> done;
  const auto start = std::chrono::steady_clock::now();
  stream.expires_after(100ms);
  stream.async_connect(acceptor.local_endpoint(), store(done));
  run_until(done);
  EXPECT_EQ(done->ec, error::timeout);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 100ms);
  EXPECT_FALSE(stream.socket().is_open());
}

TEST_F(connect, with_the_deadline_already_past_reports_timeout) {
  std::optional<result> done;
  stream.expires_after(-1ms);
  stream.async_connect(acceptor.local_endpoint(), store(done));
  EXPECT_FALSE(done.has_value());
  run_until(done);
  EXPECT_EQ(done->ec, error::timeout);
}

TEST_F(connect, with_a_deadline_at_the_limits_of_time_is_too_late_or_has_all_the_time) {
  using time_point = std::chrono::steady_clock::time_point;
  for (const time_point past : {time_point::min(), time_point::min() + 1ns, time_point()}) {
    tcp_stream late(context);
    std::optional<result> done;
    late.expires_at(past);
    late.async_connect(acceptor.local_endpoint(), store(done));
    run_until(done);
    EXPECT_EQ(done->ec, error::timeout);
  }
  for (const time_point far : {time_point::max() - 1ns, time_point::max()}) {
    tcp_stream early(context);
    std::optional<result> done;
    early.expires_at(far);
    early.async_connect(acceptor.local_endpoint(), store(done));
    run_until(done);
    EXPECT_EQ(done->ec, error_code());
  }
}

TEST_F(connect, occupies_both_directions) {
  fill_backlog();
  std::array<char, 8> memory{};
  std::optional<result> connected, read, written, again;
  stream.expires_after(20s);
  stream.async_connect(acceptor.local_endpoint(), store(connected));
  stream.async_read_some(net::buffer(memory), store(read));
  stream.async_write_some(net::buffer("x", 1), store(written));
  stream.async_connect(acceptor.local_endpoint(), store(again));
  stream.expires_after(200ms, direction::both);
  run_until(connected);
  EXPECT_EQ(connected->ec, error::timeout);
  EXPECT_EQ(read->ec, net::error::already_started);
  EXPECT_EQ(written->ec, net::error::already_started);
  EXPECT_EQ(again->ec, net::error::already_started);
}

TEST_F(connect, can_be_cancelled_by_its_slot) {
  fill_backlog();
  net::cancellation_signal signal;
  std::optional<result> done;
  stream.expires_after(20s);
  stream.async_connect(acceptor.local_endpoint(),
                       net::bind_cancellation_slot(signal.slot(), store(done)));
  context.poll();
  signal.emit(net::cancellation_type::terminal);
  run_until(done);
  EXPECT_EQ(done->ec, net::error::operation_aborted);
}

TEST_F(connect, can_be_cancelled_by_the_stream) {
  fill_backlog();
  std::optional<result> done;
  stream.expires_after(20s);
  stream.async_connect(acceptor.local_endpoint(), store(done));
  context.poll();
  stream.cancel();
  run_until(done);
  EXPECT_EQ(done->ec, net::error::operation_aborted);
}

}  // namespace
}  // namespace timed::tests
