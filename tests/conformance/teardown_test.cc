// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "tests/support/connected.h"
#include "timed/manual_clock.h"

namespace timed::tests {
namespace {

// What Beast's WebSocket calls, without Beast; //tests/interop has it with Beast.
constexpr auto client = boost::beast::role_type{0};
constexpr auto server = boost::beast::role_type{1};

template <class Stream>
class teardown_of : public connected<Stream> {
 public:
  bool peer_sees_the_end() {
    std::array<char, 8> memory{};
    error_code ec;
    this->peer.non_blocking(true);
    this->peer.read_some(net::buffer(memory), ec);
    return ec == net::error::eof;
  }

  std::optional<result> done;
};
TYPED_TEST_SUITE(teardown_of, every_stream, protocol_names);

TYPED_TEST(teardown_of,
           a_server_ends_its_side_drops_what_arrives_and_closes_when_the_client_has_ended) {
  async_teardown(server, this->stream, store(this->done));
  this->context.poll();
  EXPECT_FALSE(this->done.has_value());
  EXPECT_TRUE(await_readable(this->peer.native_handle()));
  EXPECT_TRUE(this->peer_sees_the_end());
  this->peer.write_some(net::buffer(std::string(3000, 'x')));
  this->context.poll();
  this->peer.close();
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, error_code());
  EXPECT_FALSE(this->stream.socket().is_open());
}

TYPED_TEST(teardown_of, a_client_waits_for_the_server_to_end_before_it_ends_its_side) {
  async_teardown(client, this->stream, store(this->done));
  this->context.poll();
  EXPECT_FALSE(this->peer_sees_the_end());
  this->peer.shutdown(net::socket_base::shutdown_send);
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, error_code());
  EXPECT_FALSE(this->stream.socket().is_open());
}

TYPED_TEST(teardown_of,
           a_stream_whose_peer_stays_silent_is_closed_by_force_after_the_linger_timeout) {
  manual_clock clock(this->context);
  for (const auto action : {timeout_action::close, timeout_action::cancel}) {
    TypeParam stream(this->context);
    auto peer = connected_peer(stream);
    this->done.reset();
    stream.linger_timeout(5s);
    stream.on_timeout(action);
    async_teardown(server, stream, store(this->done));
    this->context.poll();
    clock.advance(4s);
    peer.write_some(net::buffer("still here", 10));
    this->context.run_for(10ms);
    EXPECT_FALSE(this->done.has_value());
    clock.advance(1s);
    this->run_until(this->done);
    EXPECT_EQ(this->done->ec, error::timeout);
    EXPECT_FALSE(stream.socket().is_open());
  }
}

TYPED_TEST(teardown_of, a_stream_is_bounded_by_its_own_deadline_too) {
  manual_clock clock(this->context);
  this->stream.expires_after(2s);
  async_teardown(server, this->stream, store(this->done));
  this->context.poll();
  clock.advance(2s);
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, error::timeout);
}

TYPED_TEST(teardown_of, a_stream_is_bounded_by_default) {
  EXPECT_EQ(this->stream.linger_timeout(), 30s);
}

TYPED_TEST(teardown_of,
           a_stream_that_is_not_open_reports_that_but_not_within_the_initiating_function) {
  this->stream.close();
  async_teardown(server, this->stream, store(this->done));
  EXPECT_FALSE(this->done.has_value());
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, net::error::bad_descriptor);
}

TYPED_TEST(teardown_of, a_stream_can_be_cancelled_by_its_slot) {
  net::cancellation_signal signal;
  async_teardown(server, this->stream,
                 net::bind_cancellation_slot(signal.slot(), store(this->done)));
  this->context.poll();
  signal.emit(net::cancellation_type::total);
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, net::error::operation_aborted);
  EXPECT_FALSE(this->stream.socket().is_open());
}

TYPED_TEST(teardown_of, a_stream_works_synchronously_too) {
  std::thread other([&] {
    std::array<char, 8> memory{};
    error_code ec;
    this->peer.read_some(net::buffer(memory), ec);
    EXPECT_EQ(ec, net::error::eof);
    this->peer.write_some(net::buffer("late", 4));
    this->peer.close();
  });
  error_code ec;
  teardown(server, this->stream, ec);
  other.join();
  EXPECT_EQ(ec, error_code());
  EXPECT_FALSE(this->stream.socket().is_open());
}

TYPED_TEST(teardown_of, a_stream_never_blocks_longer_than_the_linger_timeout) {
  for (const bool non_blocking : {false, true}) {
    TypeParam stream(this->context);
    auto peer = connected_peer(stream);
    stream.socket().non_blocking(non_blocking);
    stream.linger_timeout(30ms);
    const auto start = std::chrono::steady_clock::now();
    error_code ec;
    teardown(server, stream, ec);
    EXPECT_EQ(ec, error::timeout);
    EXPECT_GE(std::chrono::steady_clock::now() - start, 30ms);
    EXPECT_FALSE(stream.socket().is_open());
  }
}

TYPED_TEST(teardown_of, a_stream_by_beast_close_socket_aborts_what_is_outstanding) {
  std::array<char, 8> memory{};
  this->stream.async_read_some(net::buffer(memory), store(this->done));
  beast_close_socket(this->stream);
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, net::error::operation_aborted);
  EXPECT_FALSE(this->stream.socket().is_open());
}

TYPED_TEST(teardown_of, a_stream_without_linger_timeout_waits_for_as_long_as_it_takes) {
  manual_clock clock(this->context);
  for (const auto never : {std::chrono::steady_clock::duration::max(),
                           std::chrono::steady_clock::duration::max() - 1ns}) {
    TypeParam stream(this->context);
    auto peer = connected_peer(stream);
    this->done.reset();
    stream.linger_timeout(never);
    async_teardown(server, stream, store(this->done));
    this->context.restart();
    this->context.run_for(5ms);
    clock.advance(std::chrono::hours(1000));
    this->context.run_for(5ms);
    EXPECT_FALSE(this->done.has_value());
    peer.close();
    this->run_until(this->done);
    EXPECT_EQ(this->done->ec, error_code());
  }
}

TYPED_TEST(teardown_of, a_stream_goes_on_when_it_is_moved_and_ends_when_it_is_destroyed) {
  std::optional<TypeParam> moved;
  async_teardown(server, this->stream, store(this->done));
  moved.emplace(std::move(this->stream));
  this->context.poll();
  EXPECT_FALSE(this->done.has_value());
  this->peer.close();
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, error_code());
  EXPECT_FALSE(moved->socket().is_open());
  std::optional<TypeParam> destroyed(this->context);
  auto peer = connected_peer(*destroyed);
  this->done.reset();
  async_teardown(server, *destroyed, store(this->done));
  destroyed.reset();
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, net::error::operation_aborted);
}

}  // namespace
}  // namespace timed::tests
