// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Asynchronous operations and deadlines while signals interrupt every system call: nothing is
// reported of it.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/connected.h"
#include "tests/support/endpoints.h"
#include "tests/support/interruptions.h"

namespace timed::tests {
namespace {

constexpr auto often = std::chrono::microseconds(100);

template <class Stream>
class interrupted : public connected<Stream> {};
TYPED_TEST_SUITE(interrupted, every_stream, protocol_names);

TYPED_TEST(interrupted, reads_and_writes_bring_every_byte) {
  std::string sent(8 << 20, '\0'), received(sent.size(), '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * i >> 7);
  TypeParam reader(std::move(this->peer));
  std::optional<result> written, read;
  const interruptions here(often);
  this->stream.timeout(20s);
  reader.timeout(20s);
  net::async_write(this->stream, net::buffer(sent), store(written));
  net::async_read(reader, net::buffer(received), store(read));
  this->run_to_end();
  ASSERT_TRUE(written.has_value() && read.has_value());
  EXPECT_EQ(written->ec, error_code());
  EXPECT_EQ(read->ec, error_code());
  EXPECT_TRUE(sent == received);
}

TYPED_TEST(interrupted, deadlines_pass_and_none_is_early) {
  std::array<char, 8> memory{};
  const interruptions here(often);
  this->stream.on_timeout(timeout_action::cancel);
  for (int i = 0; i < 5 || here.seen() <= 10; ++i) {
    std::optional<result> done;
    const auto deadline = std::chrono::steady_clock::now() + 20ms;
    this->stream.expires_at(deadline);
    this->stream.async_read_some(net::buffer(memory), store(done));
    this->run_until(done);
    EXPECT_EQ(done->ec, error::timeout);
    EXPECT_GE(std::chrono::steady_clock::now(), deadline);
  }
}

TEST(interrupted_connects, succeed_or_time_out) {
  timed::backend::io_context context;
  tcp_acceptor acceptor(context, {net::ip::address_v4::loopback(), 0});
  tcp_stream stream(context), other(context);
  std::optional<result> connected, never;
  const interruptions here(often);
  stream.expires_after(20s);
  stream.async_connect(acceptor.local_endpoint(), store(connected));
  context.run();
  EXPECT_EQ(connected->ec, error_code());
  const auto fillers = stop_answering(acceptor);
  other.expires_after(50ms);
  other.async_connect(acceptor.local_endpoint(), store(never));
  context.restart();
  context.run();
  EXPECT_EQ(never->ec, error::timeout);
}

}  // namespace
}  // namespace timed::tests
