// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/write.hpp>
#include <optional>
#include <vector>

#include "tests/support/connected.h"
#include "tests/support/endpoints.h"
#include "timed/manual_clock.h"

namespace timed::tests {
namespace {

// A timeout that is to cancel its operation and leave the stream open.
template <class Stream>
class on_timeout_cancel : public connected<Stream> {
 public:
  void SetUp() override {
    connected<Stream>::SetUp();
    this->stream.on_timeout(timeout_action::cancel);
  }

  manual_clock clock{this->context};
  std::array<char, 64> memory{};
  std::optional<result> read, written;
};
TYPED_TEST_SUITE(on_timeout_cancel, every_stream, protocol_names);

TYPED_TEST(on_timeout_cancel, leaves_the_stream_usable) {
  for (int i = 0; i < 3; ++i) {
    this->read.reset();
    this->stream.expires_after(1s);
    this->stream.async_read_some(net::buffer(this->memory), store(this->read));
    this->clock.advance(1s);
    this->run_until(this->read);
    EXPECT_EQ(this->read->ec, error::timeout);
    EXPECT_EQ(this->read->bytes, 0u);
  }
  this->read.reset();
  this->stream.expires_after(1s);
  this->peer.write_some(net::buffer("abc", 3));
  this->stream.async_read_some(net::buffer(this->memory), store(this->read));
  this->run_until(this->read);
  EXPECT_EQ(this->read->ec, error_code());
  EXPECT_EQ(this->read->bytes, 3u);
}

TYPED_TEST(on_timeout_cancel, leaves_the_operation_in_the_other_direction_alone) {
  this->stream.write_timeout(1s);
  this->fill_send_buffer();
  this->stream.async_read_some(net::buffer(this->memory), store(this->read));
  this->stream.async_write_some(net::buffer("x", 1), store(this->written));
  this->clock.advance(1s);
  this->run_until(this->written);
  EXPECT_EQ(this->written->ec, error::timeout);
  EXPECT_FALSE(this->read.has_value());
  this->peer.write_some(net::buffer("abc", 3));
  this->run_until(this->read);
  EXPECT_EQ(this->read->ec, error_code());
  EXPECT_EQ(this->read->bytes, 3u);
}

TYPED_TEST(on_timeout_cancel, loses_no_byte_that_was_transferred) {
  // A write of more than fits: the part that went is reported, and what the peer gets is that.
  std::vector<char> large(32 << 20, 'w');
  this->stream.write_timeout(1s);
  net::async_write(this->stream, net::buffer(large), store(this->written));
  this->run_until_holds([this] { return this->peer.available() != 0; });
  for (int i = 0; !this->written && i < 1000; ++i) {  // until the kernel takes no more
    this->context.run_for(20ms);
    this->clock.advance(1s);
  }
  ASSERT_TRUE(this->written.has_value());
  EXPECT_EQ(this->written->ec, error::timeout);
  EXPECT_GT(this->written->bytes, 0u);
  EXPECT_LT(this->written->bytes, large.size());
  this->stream.close();
  std::size_t received = 0;
  std::vector<char> block(1 << 16);
  error_code ec;
  while (!ec) received += this->peer.read_some(net::buffer(block), ec);
  EXPECT_EQ(ec, net::error::eof);
  EXPECT_EQ(received, this->written->bytes);
}

TYPED_TEST(on_timeout_cancel, reports_success_if_the_operation_has_succeeded_in_the_same_moment) {
  this->stream.read_timeout(1s);
  this->stream.async_read_some(net::buffer(this->memory), store(this->read));
  this->context.poll();
  this->peer.write_some(net::buffer("abc", 3));
  this->clock.advance(1s);
  this->run_until(this->read);
  // Whichever the context came to first: three bytes are reported, or are still to be read.
  if (this->read->ec) {
    EXPECT_EQ(this->read->ec, error::timeout);
    EXPECT_EQ(this->read->bytes, 0u);
    this->stream.timeout(std::chrono::hours::max());
    this->read.reset();
    this->stream.async_read_some(net::buffer(this->memory), store(this->read));
    this->run_until(this->read);
  }
  EXPECT_EQ(this->read->ec, error_code());
  EXPECT_EQ(this->read->bytes, 3u);
}

TYPED_TEST(on_timeout_cancel, of_an_operation_whose_deadline_is_already_past_leaves_all_as_it_is) {
  this->stream.async_read_some(net::buffer(this->memory), store(this->read));
  this->stream.expires_at(this->clock.now(), direction::write);
  this->stream.async_write_some(net::buffer("x", 1), store(this->written));
  this->run_until(this->written);
  EXPECT_EQ(this->written->ec, error::timeout);
  EXPECT_TRUE(this->stream.socket().is_open());
  EXPECT_FALSE(this->read.has_value());
  EXPECT_EQ(this->drain_peer(), 0u);
}

TYPED_TEST(on_timeout_cancel, counts_for_operations_started_after_it_is_set) {
  this->stream.on_timeout(timeout_action::close);
  this->stream.expires_after(1s);
  this->stream.async_read_some(net::buffer(this->memory), store(this->read));
  this->stream.on_timeout(timeout_action::cancel);
  this->clock.advance(1s);
  this->run_until(this->read);
  EXPECT_EQ(this->read->ec, error::timeout);
  EXPECT_FALSE(this->stream.socket().is_open());
}

TEST(on_timeout_cancel_of_a_connect, closes_the_stream_which_can_connect_again) {
  timed::backend::io_context context;
  manual_clock clock(context);
  tcp_acceptor silent(context, {net::ip::address_v4::loopback(), 0});
  tcp_acceptor answering(context, {net::ip::address_v4::loopback(), 0});
  const auto fillers = stop_answering(silent);
  tcp_stream stream(context);
  stream.on_timeout(timeout_action::cancel);
  stream.timeout(1s);
  std::optional<result> first, second;
  stream.async_connect(silent.local_endpoint(), store(first));
  clock.advance(1s);
  while (!first && context.run_one_for(20s) != 0) {
  }
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->ec, error::timeout);
  EXPECT_FALSE(stream.socket().is_open());
  stream.async_connect(answering.local_endpoint(), store(second));
  context.restart();
  while (!second && context.run_one_for(20s) != 0) {
  }
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->ec, error_code());
}

}  // namespace
}  // namespace timed::tests
