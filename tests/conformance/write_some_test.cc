// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/write.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/connected.h"

namespace timed::tests {
namespace {

template <class Stream>
class write_some : public connected<Stream> {};
TYPED_TEST_SUITE(write_some, every_stream, protocol_names);

TYPED_TEST(write_some, reports_the_bytes_that_the_peer_then_receives) {
  std::optional<result> done;
  this->stream.async_write_some(net::buffer("hello", 5), store(done));
  this->run_until(done);
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(done->bytes, 5u);
  char received[5];
  EXPECT_EQ(this->peer.read_some(net::buffer(received)), 5u);
  EXPECT_EQ(std::string(received, 5), "hello");
}

TYPED_TEST(write_some, gathers_from_a_buffer_sequence_that_is_gone_before_it_completes) {
  std::optional<result> done;
  const std::string memory = "hello world";
  {
    const std::vector<net::const_buffer> buffers = {net::buffer(memory.data(), 6),
                                                    net::buffer(memory.data() + 6, 5)};
    this->stream.async_write_some(buffers, store(done));
  }
  this->run_until(done);
  EXPECT_EQ(done->bytes, 11u);
  char received[11];
  EXPECT_EQ(this->peer.read_some(net::buffer(received)), 11u);
  EXPECT_EQ(std::string(received, 11), memory);
}

TYPED_TEST(write_some, waits_until_the_peer_makes_room) {
  const std::size_t filled = this->fill_send_buffer();
  std::optional<result> done;
  this->stream.expires_after(20s);
  this->stream.async_write_some(net::buffer("x", 1), store(done));
  this->context.run_for(30ms);
  EXPECT_FALSE(done.has_value());
  std::size_t drained = this->drain_peer();
  this->run_until(done);
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(done->bytes, 1u);
  while (drained < filled + 1) {  // TCP may deliver the rest a little later
    std::size_t n = this->drain_peer();
    drained += n;
  }
  EXPECT_EQ(drained, filled + 1);
}

TYPED_TEST(write_some, with_empty_buffers_completes_without_error) {
  std::optional<result> done;
  this->stream.async_write_some(net::const_buffer(), store(done));
  EXPECT_FALSE(done.has_value());
  this->run_until(done);
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(done->bytes, 0u);
}

TYPED_TEST(write_some, with_empty_buffers_does_not_disturb_an_outstanding_write) {
  this->fill_send_buffer();
  std::optional<result> outstanding, empty;
  this->stream.async_write_some(net::buffer("x", 1), store(outstanding));
  this->stream.async_write_some(net::const_buffer(), store(empty));
  this->run_until(empty);
  EXPECT_EQ(empty->ec, error_code());
  EXPECT_FALSE(outstanding.has_value());
  this->drain_peer();
  this->run_until(outstanding);
  EXPECT_EQ(outstanding->ec, error_code());
}

TYPED_TEST(write_some, with_empty_buffers_completes_on_an_expired_stream_too) {
  std::optional<result> done;
  this->stream.expires_after(-1s);
  this->stream.async_write_some(net::const_buffer(), store(done));
  this->run_until(done);
  EXPECT_EQ(done->ec, error_code());
  EXPECT_TRUE(this->stream.socket().is_open());
}

TYPED_TEST(write_some, started_while_one_is_outstanding_fails_and_leaves_that_one_alone) {
  this->fill_send_buffer();
  std::optional<result> first, second;
  this->stream.async_write_some(net::buffer("x", 1), store(first));
  this->stream.async_write_some(net::buffer("y", 1), store(second));
  EXPECT_FALSE(second.has_value());
  this->run_until(second);
  EXPECT_EQ(second->ec, net::error::already_started);
  EXPECT_EQ(second->bytes, 0u);
  this->drain_peer();
  this->run_until(first);
  EXPECT_EQ(first->ec, error_code());
  EXPECT_EQ(first->bytes, 1u);
}

TYPED_TEST(write_some, on_a_closed_stream_reports_bad_descriptor) {
  std::optional<result> done;
  this->stream.close();
  this->stream.expires_after(20s);
  this->stream.async_write_some(net::buffer("x", 1), store(done));
  EXPECT_FALSE(done.has_value());
  this->run_until(done);
  EXPECT_EQ(done->ec, net::error::bad_descriptor);
}

TYPED_TEST(write_some, on_an_unconnected_stream_reports_an_error) {
  TypeParam unconnected(this->context,
                        typename TypeParam::protocol_type(this->peer.local_endpoint().protocol()));
  std::optional<result> done;
  unconnected.expires_after(20s);
  unconnected.async_write_some(net::buffer("x", 1), store(done));
  EXPECT_FALSE(done.has_value());
  this->run_until(done);
  EXPECT_TRUE(done->ec);
  EXPECT_NE(done->ec, error::timeout);
  EXPECT_EQ(done->bytes, 0u);
}

TYPED_TEST(write_some, to_a_peer_that_has_gone_reports_an_error_and_raises_no_signal) {
  this->peer.close();
  error_code last;
  const auto end = std::chrono::steady_clock::now() + 20s;
  // TCP accepts some bytes before it detects that.
  while (!last && std::chrono::steady_clock::now() < end) {
    std::optional<result> done;
    this->stream.expires_after(20s);
    this->stream.async_write_some(net::buffer("x", 1), store(done));
    this->run_until(done);
    last = done->ec;
  }
  EXPECT_TRUE(last == net::error::broken_pipe || last == net::error::connection_reset) << last;
}

TEST(write_some_tcp, to_a_peer_that_resets_reports_connection_reset_while_outstanding) {
  using fixture = connected<tcp_stream>;
  struct : fixture {
    void TestBody() override {}
  } pair;
  pair.SetUp();
  pair.fill_send_buffer();
  std::optional<result> done;
  pair.stream.expires_after(20s);
  pair.stream.async_write_some(net::buffer("x", 1), store(done));
  pair.peer.set_option(net::socket_base::linger(true, 0));
  pair.peer.close();
  pair.run_until(done);
  EXPECT_TRUE(done->ec == net::error::connection_reset || done->ec == net::error::broken_pipe)
      << done->ec;
}

// Every byte that an operation reports has arrived, and no byte arrived that none reported.
TYPED_TEST(write_some, composed_into_a_write_that_times_out_reports_the_bytes_transferred) {
  const std::vector<char> data(64 << 20, 'd');
  std::optional<result> done;
  this->stream.expires_after(20s);
  net::async_write(this->stream, net::buffer(data), store(done));
  this->run_until_holds([this] { return this->peer.available() != 0; });
  this->stream.expires_after(200ms, direction::write);
  this->run_until(done);
  EXPECT_EQ(done->ec, error::timeout);
  EXPECT_GT(done->bytes, 0u);
  EXPECT_LT(done->bytes, data.size());
  EXPECT_FALSE(this->stream.socket().is_open());
  std::size_t received = 0;
  std::vector<char> block(1 << 16);
  error_code ec;
  while (!ec) received += this->peer.read_some(net::buffer(block), ec);
  EXPECT_EQ(ec, net::error::eof);
  EXPECT_EQ(received, done->bytes);
}

}  // namespace
}  // namespace timed::tests
