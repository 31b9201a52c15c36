// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/connected.h"

namespace timed::tests {
namespace {

template <class Stream>
class read_some : public connected<Stream> {
 public:
  std::array<char, 64> memory{};
};
TYPED_TEST_SUITE(read_some, every_stream, protocol_names);

TYPED_TEST(read_some, reports_what_the_peer_wrote) {
  std::optional<result> done;
  this->stream.expires_after(20s);
  this->stream.async_read_some(net::buffer(this->memory), store(done));
  this->context.poll();
  EXPECT_FALSE(done.has_value());
  net::write(this->peer, net::buffer("hello", 5));
  this->run_until(done);
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(std::string(this->memory.data(), done->bytes), "hello");
}

TYPED_TEST(read_some, reports_eof_when_the_peer_has_closed) {
  std::optional<result> done;
  this->peer.close();
  this->stream.async_read_some(net::buffer(this->memory), store(done));
  this->run_until(done);
  EXPECT_EQ(done->ec, net::error::eof);
  EXPECT_EQ(done->bytes, 0u);
}

TYPED_TEST(read_some, reports_a_timeout_when_the_peer_is_silent) {
  std::optional<result> done;
  this->stream.expires_after(50ms);
  this->stream.async_read_some(net::buffer(this->memory), store(done));
  this->run_until(done);
  EXPECT_EQ(done->ec, error::timeout);
  EXPECT_EQ(done->bytes, 0u);
}

TYPED_TEST(read_some, with_empty_buffers_completes_without_error) {
  std::optional<result> done;
  this->stream.async_read_some(net::mutable_buffer(), store(done));
  EXPECT_FALSE(done.has_value());
  this->run_until(done);
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(done->bytes, 0u);
}

TYPED_TEST(read_some, with_empty_buffers_completes_on_an_expired_stream_too) {
  std::optional<result> done;
  this->stream.expires_after(-1s);
  this->stream.async_read_some(net::mutable_buffer(), store(done));
  this->run_until(done);
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(done->bytes, 0u);
  EXPECT_TRUE(this->stream.socket().is_open());
}

TYPED_TEST(read_some, started_while_one_is_outstanding_fails_and_leaves_that_one_alone) {
  std::array<char, 8> other{};
  std::optional<result> first, second;
  this->stream.async_read_some(net::buffer(this->memory), store(first));
  this->stream.async_read_some(net::buffer(other), store(second));
  this->run_until(second);
  EXPECT_EQ(second->ec, net::error::already_started);
  net::write(this->peer, net::buffer("hello", 5));
  this->run_until(first);
  EXPECT_EQ(std::string(this->memory.data(), first->bytes), "hello");
}

TYPED_TEST(read_some, runs_beside_a_write_of_the_same_stream) {
  std::optional<result> read, written;
  this->stream.expires_after(20s);
  this->stream.async_read_some(net::buffer(this->memory), store(read));
  this->stream.async_write_some(net::buffer("ping", 4), store(written));
  this->run_until(written);
  EXPECT_EQ(written->bytes, 4u);
  net::write(this->peer, net::buffer("pong", 4));
  this->run_until(read);
  EXPECT_EQ(std::string(this->memory.data(), read->bytes), "pong");
}

TYPED_TEST(read_some, carries_a_megabyte_both_ways_under_async_read_and_async_write) {
  std::vector<char> sent(1 << 20), received(1 << 20);
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 7 + i / 251);
  std::optional<result> read, written;
  this->stream.expires_after(20s);
  net::async_read(this->stream, net::buffer(received), store(read));
  net::async_write(this->stream, net::buffer(sent), store(written));
  std::vector<char> echo(1 << 20);  // by the peer
  net::async_read(this->peer, net::buffer(echo), [&](error_code ec, std::size_t) {
    ASSERT_FALSE(ec);
    net::async_write(this->peer, net::buffer(echo), [](error_code, std::size_t) {});
  });
  this->run_until(written);
  this->run_until(read);
  EXPECT_EQ(written->ec, error_code());
  EXPECT_EQ(read->ec, error_code());
  EXPECT_EQ(sent, received);
}

}  // namespace
}  // namespace timed::tests
