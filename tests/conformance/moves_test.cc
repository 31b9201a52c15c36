// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <type_traits>
#include <utility>

#include "tests/support/allocations.h"
#include "tests/support/connected.h"
#include "timed/manual_clock.h"

namespace timed::tests {
namespace {

static_assert(std::is_nothrow_move_constructible_v<tcp_stream>);
static_assert(std::is_nothrow_move_assignable_v<tcp_stream>);
static_assert(!std::is_copy_constructible_v<tcp_stream>);

template <class Stream>
class moves : public connected<Stream> {
 public:
  manual_clock clock{this->context};
  std::array<char, 64> memory{};
};
TYPED_TEST_SUITE(moves, every_stream, protocol_names);

TYPED_TEST(moves, do_not_allocate) {
  TypeParam other(this->context);
  const allocation_count before;
  TypeParam moved(std::move(this->stream));
  other = std::move(moved);
  EXPECT_EQ(before.since(), 0u);
}

TYPED_TEST(moves, carry_the_outstanding_operation_and_its_deadline) {
  std::optional<result> done;
  this->stream.expires_after(10s);
  this->stream.async_read_some(net::buffer(this->memory), store(done));
  TypeParam moved(std::move(this->stream));
  this->clock.advance(9s);
  this->context.poll();
  EXPECT_FALSE(done.has_value());
  this->clock.advance(1s);
  this->run_until(done);
  EXPECT_EQ(done->ec, error::timeout);
  EXPECT_FALSE(moved.socket().is_open());
}

TYPED_TEST(moves, carry_deadlines_and_settings_to_later_operations) {
  this->stream.read_timeout(5s);
  this->stream.on_timeout(timeout_action::cancel);
  TypeParam moved(this->context);
  moved = std::move(this->stream);
  std::optional<result> done;
  moved.async_read_some(net::buffer(this->memory), store(done));
  this->clock.advance(5s);
  this->run_until(done);
  EXPECT_EQ(done->ec, error::timeout);
  EXPECT_TRUE(moved.socket().is_open());
}

TYPED_TEST(moves, leave_the_other_stream_as_new) {
  this->stream.expires_after(1s);
  this->stream.on_timeout(timeout_action::cancel);
  const auto executor = this->stream.get_executor();
  TypeParam moved(std::move(this->stream));
  this->clock.advance(2s);
  TypeParam& as_new = this->stream;
  EXPECT_EQ(as_new.get_executor(), executor);
  EXPECT_FALSE(as_new.socket().is_open());
  auto peer = connected_peer(as_new);
  std::optional<result> done;
  as_new.async_write_some(net::buffer("x", 1), store(done));
  this->run_until(done);
  EXPECT_EQ(done->ec, error_code());
  EXPECT_TRUE(moved.socket().is_open());
}

TYPED_TEST(moves, leave_a_stream_on_which_each_function_may_be_called) {
  TypeParam moved(std::move(this->stream));
  TypeParam& as_new = this->stream;
  as_new.cancel();
  as_new.close();
  as_new.expires_after(1s);
  as_new.expires_at(this->clock.now());
  as_new.expires_never();
  as_new.timeout(1s);
  as_new.on_timeout(timeout_action::close);
  EXPECT_FALSE(std::as_const(as_new).socket().is_open());
  EXPECT_FALSE(as_new.release_socket().is_open());
  std::optional<result> done;
  as_new.async_read_some(net::buffer(this->memory), store(done));
  this->run_until(done);
  EXPECT_EQ(done->ec, net::error::bad_descriptor);
}

TYPED_TEST(moves, by_assignment_abort_what_the_target_had_outstanding) {
  std::optional<result> done;
  this->stream.async_read_some(net::buffer(this->memory), store(done));
  TypeParam other(this->context);
  this->stream = std::move(other);
  this->run_until(done);
  EXPECT_EQ(done->ec, net::error::operation_aborted);
}

TYPED_TEST(moves, to_itself_change_nothing) {
  TypeParam& self = this->stream;
  this->stream = std::move(self);
  EXPECT_TRUE(this->stream.socket().is_open());
}

TYPED_TEST(moves, of_the_socket_out_of_the_stream_abort_what_is_outstanding_and_end_deadlines) {
  std::optional<result> done;
  this->stream.expires_after(10s);
  this->stream.async_read_some(net::buffer(this->memory), store(done));
  auto socket = this->stream.release_socket();
  EXPECT_FALSE(this->stream.socket().is_open());
  this->clock.advance(10s);
  this->run_until(done);
  EXPECT_EQ(done->ec, net::error::operation_aborted);
  EXPECT_TRUE(socket.is_open());
  EXPECT_EQ(socket.write_some(net::buffer("abc", 3)), 3u);
  EXPECT_EQ(this->peer.read_some(net::buffer(this->memory)), 3u);
  done.reset();
  this->stream.async_read_some(net::buffer(this->memory), store(done));
  this->run_until(done);
  EXPECT_EQ(done->ec, net::error::bad_descriptor);  // and not timeout
}

TYPED_TEST(moves, to_another_type_of_executor_keep_the_socket_the_deadline_and_the_settings) {
  using executor = typename timed::backend::io_context::executor_type;
  using source = typename TypeParam::template rebind_executor<executor>::other;
  source stream(this->context);
  auto peer = connected_peer(stream);
  stream.expires_after(10s);
  stream.on_timeout(timeout_action::cancel);
  TypeParam rebound(std::move(stream));
  std::optional<result> done;
  rebound.async_read_some(net::buffer(this->memory), store(done));
  this->clock.advance(10s);
  this->run_until(done);
  EXPECT_EQ(done->ec, error::timeout);
  EXPECT_TRUE(rebound.socket().is_open());
  EXPECT_FALSE(stream.socket().is_open());
  EXPECT_EQ(stream.get_executor(), this->context.get_executor());
  done.reset();
  stream.async_read_some(net::buffer(this->memory), store(done));
  this->run_until(done);
  EXPECT_EQ(done->ec, net::error::bad_descriptor);  // as new: without deadline
}

TYPED_TEST(moves, to_another_type_of_executor_abort_what_is_outstanding) {
  using executor = typename timed::backend::io_context::executor_type;
  using source = typename TypeParam::template rebind_executor<executor>::other;
  source stream(this->context);
  auto peer = connected_peer(stream);
  std::optional<result> done;
  stream.async_read_some(net::buffer(this->memory), store(done));
  TypeParam rebound(std::move(stream));
  this->run_until(done);
  EXPECT_EQ(done->ec, net::error::operation_aborted);
  EXPECT_TRUE(rebound.socket().is_open());
}

TYPED_TEST(moves, make_streams_with_another_default_completion_token) {
  auto deferred = net::deferred_t::as_default_on(std::move(this->stream));
  std::optional<result> done;
  auto write = deferred.async_write_some(net::buffer("x", 1));
  std::move(write)(store(done));
  this->run_until(done);
  EXPECT_EQ(done->ec, error_code());
  using awaitable = net::use_awaitable_t<>::as_default_on_t<TypeParam>;
  static_assert(std::is_constructible_v<awaitable, TypeParam&&>);
}

}  // namespace
}  // namespace timed::tests
