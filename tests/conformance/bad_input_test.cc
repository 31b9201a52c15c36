// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What a program should not do, or seldom does, has a defined result too.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/support/connected.h"
#include "timed/manual_clock.h"

namespace timed::tests {
namespace {

template <class Stream>
class bad_input : public connected<Stream> {
 public:
  manual_clock clock{this->context};
  std::array<char, 64> memory{};
  std::optional<result> done;
};
TYPED_TEST_SUITE(bad_input, every_stream, protocol_names);

TYPED_TEST(bad_input, a_deadline_may_be_set_inside_any_handler) {
  int calls = 0;
  this->stream.expires_after(1s);
  this->stream.async_write_some(net::buffer("x", 1), [&](error_code, std::size_t) {
    ++calls;
    this->stream.expires_after(5s);
    this->stream.async_read_some(net::buffer(this->memory), [&](error_code ec, std::size_t) {
      ++calls;
      EXPECT_EQ(ec, error::timeout);
      this->stream.expires_never();
      this->stream.expires_after(std::chrono::hours::min());
      this->stream.expires_at(std::chrono::steady_clock::time_point::max());
    });
  });
  this->run_until_holds([&] { return calls == 1; });
  this->clock.advance(4s);
  this->context.poll();
  EXPECT_EQ(calls, 1);
  this->clock.advance(1s);
  this->run_to_end();
  EXPECT_EQ(calls, 2);
}

TYPED_TEST(bad_input, an_operation_may_be_started_inside_a_handler_that_the_timeout_called) {
  for (const auto action : {timeout_action::close, timeout_action::cancel}) {
    TypeParam stream(this->context);
    auto peer = connected_peer(stream);
    std::optional<result> second;
    bool is_called = false;
    stream.on_timeout(action);
    stream.read_timeout(1s);
    stream.async_read_some(net::buffer(this->memory), [&](error_code ec, std::size_t) {
      EXPECT_EQ(ec, error::timeout);
      stream.async_read_some(net::buffer(this->memory), store(second));
      is_called = true;
    });
    this->clock.advance(1s);
    this->run_until_holds([&] { return is_called; });
    if (action == timeout_action::close) {
      this->run_until(second);
      EXPECT_EQ(second->ec, net::error::bad_descriptor);
    } else {
      this->context.run_for(20ms);
      EXPECT_FALSE(second.has_value());  // it has a second of its own
      this->clock.advance(1s);
      this->run_until(second);
      EXPECT_EQ(second->ec, error::timeout);
    }
  }
}

TYPED_TEST(bad_input, a_stream_may_be_destroyed_inside_a_handler) {
  for (const bool by_timeout : {true, false}) {
    auto stream = std::make_unique<TypeParam>(this->context);
    auto peer = connected_peer(*stream);
    bool called = false;
    std::optional<result> other;
    stream->expires_after(1s);
    stream->async_read_some(net::buffer(this->memory), store(other));
    const auto destroy = [&](error_code, std::size_t) {
      stream.reset();
      called = true;
    };
    if (by_timeout) fill_send_buffer(stream->socket());
    stream->async_write_some(net::buffer("x", 1), destroy);
    if (by_timeout) this->clock.advance(1s);
    this->run_until(other);
    this->run_to_end();
    EXPECT_TRUE(called);
    EXPECT_EQ(other->ec,
              by_timeout ? error_code(error::timeout) : error_code(net::error::operation_aborted));
  }
}

TYPED_TEST(bad_input, a_stream_may_be_destroyed_with_operations_outstanding_and_a_deadline_due) {
  std::optional<result> done;
  typename TypeParam::socket_type peer(this->context);
  {
    TypeParam stream(this->context);
    connect_sockets(stream.socket(), peer);
    stream.expires_after(1s);
    stream.async_read_some(net::buffer(this->memory), store(done));
  }
  this->clock.advance(1s);
  this->run_until(done);
  EXPECT_EQ(done->ec, net::error::operation_aborted);
  EXPECT_FALSE(this->clock.next_deadline().has_value());
}

TYPED_TEST(bad_input, a_second_operation_in_a_direction_fails_and_the_first_goes_on_unharmed) {
  std::optional<result> second;
  this->stream.expires_after(5s);
  this->stream.async_read_some(net::buffer(this->memory), store(this->done));
  this->stream.async_read_some(net::buffer(this->memory), store(second));
  EXPECT_FALSE(second.has_value());
  this->run_until(second);
  EXPECT_EQ(second->ec, net::error::already_started);
  this->peer.write_some(net::buffer("abc", 3));
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, error_code());
  EXPECT_EQ(this->done->bytes, 3u);
}

TYPED_TEST(bad_input, an_operation_of_no_bytes_never_occupies_a_direction_in_either_order) {
  const std::vector<net::mutable_buffer> none;
  const std::array<net::mutable_buffer, 2> empty{};
  std::optional<result> zero_first, real, zero_second, list;
  this->stream.async_read_some(net::mutable_buffer(), store(zero_first));
  this->stream.async_read_some(net::buffer(this->memory), store(real));
  this->stream.async_read_some(none, store(zero_second));
  this->stream.async_read_some(empty, store(list));
  EXPECT_FALSE(zero_first.has_value());
  this->peer.write_some(net::buffer("abc", 3));
  this->run_until(real);
  this->run_until(list);
  for (const auto& each : {zero_first, zero_second, list}) {
    ASSERT_TRUE(each.has_value());
    EXPECT_EQ(each->ec, error_code());
    EXPECT_EQ(each->bytes, 0u);
  }
  EXPECT_EQ(real->ec, error_code());
  EXPECT_EQ(real->bytes, 3u);
}

TYPED_TEST(bad_input, an_hour_that_has_passed_on_a_stream_with_nothing_outstanding_does_nothing) {
  this->stream.timeout(1s);
  this->clock.advance(1h);
  this->context.poll();
  EXPECT_TRUE(this->stream.socket().is_open());
}

TYPED_TEST(bad_input, a_deadline_at_the_limits_of_time_is_past_or_never_under_manual_time_too) {
  using time_point = std::chrono::steady_clock::time_point;
  this->stream.on_timeout(timeout_action::cancel);
  for (const auto past : {time_point::min(), time_point(), time_point::min() + 1ns}) {
    this->done.reset();
    this->stream.expires_at(past);
    this->stream.async_read_some(net::buffer(this->memory), store(this->done));
    this->run_until(this->done);
    EXPECT_EQ(this->done->ec, error::timeout);
  }
  this->stream.expires_at(time_point::max());
  this->stream.async_read_some(net::buffer(this->memory), store(this->done = std::nullopt));
  EXPECT_FALSE(this->clock.next_deadline().has_value());
}

// A policy without default constructor: a moved-from stream cannot make another one.
class needy_policy {
 public:
  explicit needy_policy(int) {}
  std::size_t available_read_bytes() const { return 1000; }
  std::size_t available_write_bytes() const { return 1000; }
  void transfer_read_bytes(std::size_t) {}
  void transfer_write_bytes(std::size_t) {}
  void on_timer() {}
};

TEST(bad_input_of_a_moved_from_stream, throws_if_its_policy_is_not_default_constructible) {
  timed::backend::io_context context;
  using stream_type = basic_stream<net::ip::tcp, net::any_io_executor, needy_policy>;
  stream_type stream(needy_policy(1), context);
  stream_type moved(std::move(stream));
  stream.close();
  EXPECT_THROW(stream.socket(), std::logic_error);
  stream = std::move(moved);
  EXPECT_FALSE(stream.socket().is_open());
}

}  // namespace
}  // namespace timed::tests
