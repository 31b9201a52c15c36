// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "tests/support/connected.h"
#include "tests/support/endpoints.h"

namespace timed::tests {
namespace {

using steady = std::chrono::steady_clock;

template <class Stream>
class deadline : public connected<Stream> {
 public:
  std::array<char, 64> memory{};
};
TYPED_TEST_SUITE(deadline, every_stream, protocol_names);

TYPED_TEST(deadline, that_passes_cancels_the_write_with_timeout_not_early_and_not_much_late) {
  for (const auto timeout : {1ms, 20ms, 150ms}) {
    TypeParam stream(this->context);
    auto peer = connected_peer(stream);
    fill_send_buffer(stream.socket());
    std::optional<result> done;
    const auto start = steady::now();
    stream.expires_after(timeout);
    stream.async_write_some(net::buffer("x", 1), store(done));
    this->run_until(done);
    const auto took = steady::now() - start;
    EXPECT_EQ(done->ec, error::timeout);
    EXPECT_EQ(done->ec, condition::timeout);
    EXPECT_EQ(done->bytes, 0u);
    EXPECT_GE(took, timeout);
    EXPECT_LT(took, timeout + 10s);  // a machine may be busy
  }
}

TYPED_TEST(deadline, that_passes_closes_the_stream) {
  std::optional<result> read, next;
  this->stream.expires_after(10ms);
  this->stream.async_read_some(net::buffer(this->memory), store(read));
  this->run_until(read);
  EXPECT_FALSE(this->stream.socket().is_open());
  this->stream.expires_never();
  this->stream.async_write_some(net::buffer("x", 1), store(next));
  this->run_until(next);
  EXPECT_EQ(next->ec, net::error::bad_descriptor);
}

TYPED_TEST(deadline, that_passes_for_one_direction_makes_the_other_report_timeout_too) {
  this->fill_send_buffer();
  std::optional<result> read, written;
  this->stream.expires_after(60s);
  this->stream.async_read_some(net::buffer(this->memory), store(read));
  this->stream.async_write_some(net::buffer("x", 1), store(written));
  this->stream.expires_after(30ms, direction::read);
  this->run_until(read);
  if (!written) this->run_until(written);
  EXPECT_EQ(read->ec, error::timeout);
  EXPECT_EQ(written->ec, error::timeout);
}

TYPED_TEST(deadline, already_past_reports_timeout_at_once_and_transfers_nothing) {
  std::optional<result> done;
  this->stream.expires_at(steady::now());
  this->stream.async_write_some(net::buffer("x", 1), store(done));
  EXPECT_FALSE(done.has_value());
  this->context.poll();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error::timeout);
  EXPECT_EQ(done->bytes, 0u);
  EXPECT_FALSE(this->stream.socket().is_open());
  EXPECT_EQ(this->drain_peer(), 0u);
}

TYPED_TEST(deadline, at_the_limits_of_what_can_be_represented_is_past_or_never) {
  for (const auto set_past : {+[](TypeParam& s) { s.expires_at(steady::time_point::min()); },
                              +[](TypeParam& s) { s.expires_after(std::chrono::hours::min()); },
                              +[](TypeParam& s) { s.expires_after(0s); },
                              +[](TypeParam& s) { s.expires_after(steady::duration::min()); }}) {
    TypeParam stream(this->context);
    auto peer = connected_peer(stream);
    std::optional<result> done;
    set_past(stream);
    stream.async_write_some(net::buffer("x", 1), store(done));
    this->run_until(done);
    EXPECT_EQ(done->ec, error::timeout);
  }
  for (const auto set_never : {+[](TypeParam& s) { s.expires_at(steady::time_point::max()); },
                               +[](TypeParam& s) { s.expires_after(std::chrono::hours::max()); },
                               +[](TypeParam& s) { s.expires_after(steady::duration::max()); },
                               +[](TypeParam& s) { s.expires_never(); }}) {
    std::optional<result> done;
    set_never(this->stream);
    this->stream.async_write_some(net::buffer("x", 1), store(done));
    this->run_until(done);
    EXPECT_EQ(done->ec, error_code());
  }
}

TYPED_TEST(deadline, at_the_limits_of_what_can_be_represented_leaves_a_read_outstanding) {
  std::array<char, 8> memory{};
  for (const auto set_far : {+[](TypeParam& s) { s.expires_at(steady::time_point::max() - 1ns); },
                             +[](TypeParam& s) { s.expires_at(steady::time_point::max()); },
                             +[](TypeParam& s) { s.expires_after(steady::duration::max() - 1ns); },
                             +[](TypeParam& s) { s.expires_after(steady::duration::max() / 2); },
                             +[](TypeParam& s) { s.expires_after(std::chrono::hours::max()); }}) {
    std::optional<result> done;
    set_far(this->stream);
    this->stream.async_read_some(net::buffer(memory), store(done));
    this->context.restart();
    this->context.run_for(20ms);
    EXPECT_FALSE(done.has_value());
    this->peer.write_some(net::buffer("x", 1));
    this->run_until(done);
    EXPECT_EQ(done->ec, error_code());
  }
}

TYPED_TEST(deadline, applies_to_each_later_operation_until_it_is_changed) {
  for (bool is_in_time = false; !is_in_time;) {  // a busy machine may need several tries
    TypeParam stream(this->context);
    auto peer = connected_peer(stream);
    std::optional<result> first, second;
    const auto start = steady::now();
    stream.expires_after(60ms);
    stream.async_write_some(net::buffer("x", 1), store(first));
    this->run_until(first);
    is_in_time = steady::now() - start < 60ms;
    if (!is_in_time) continue;
    EXPECT_EQ(first->ec, error_code());
    timed::backend::steady_timer pause(this->context, 80ms);
    pause.wait();
    stream.async_write_some(net::buffer("y", 1), store(second));
    this->run_until(second);
    EXPECT_EQ(second->ec, error::timeout);
  }
}

TYPED_TEST(deadline, of_a_completed_operation_never_hits_the_next_one) {
  this->stream.on_timeout(timeout_action::cancel);
  for (int i = 0; i < 200; ++i) {
    std::optional<result> done;
    const auto start = steady::now();
    this->stream.expires_after(500ms);
    this->stream.async_write_some(net::buffer("x", 1), store(done));
    this->run_until(done);
    const bool is_in_time = steady::now() - start < 500ms;  // not so if the machine is too busy
    if (is_in_time) {
      ASSERT_EQ(done->ec, error_code()) << i;
    }
    this->drain_peer();
  }
  std::optional<result> idle;
  this->stream.expires_never();
  this->stream.async_read_some(net::buffer(this->memory), store(idle));
  this->context.run_for(600ms);
  EXPECT_FALSE(idle.has_value());
}

TYPED_TEST(deadline, of_an_outstanding_read_is_not_touched_by_setting_one_for_the_next_write) {
  std::optional<result> read, written;
  const auto start = steady::now();
  this->stream.expires_after(100ms);
  this->stream.async_read_some(net::buffer(this->memory), store(read));
  this->stream.expires_never();
  this->stream.async_write_some(net::buffer("x", 1), store(written));
  this->run_until(written);
  const bool is_in_time = steady::now() - start < 100ms;  // not so if the machine is too busy
  if (is_in_time) {
    EXPECT_EQ(written->ec, error_code());
  }
  this->run_until(read);
  EXPECT_EQ(read->ec, error::timeout);
  EXPECT_GE(steady::now() - start, 100ms);
}

TYPED_TEST(deadline, of_two_outstanding_operations_can_be_shortened) {
  this->fill_send_buffer();
  std::optional<result> read, written;
  this->stream.expires_after(60s);
  this->stream.async_read_some(net::buffer(this->memory), store(read));
  this->stream.async_write_some(net::buffer("x", 1), store(written));
  this->stream.expires_after(20ms);
  this->run_until(read);
  if (!written) this->run_until(written);
  EXPECT_EQ(read->ec, error::timeout);
  EXPECT_EQ(written->ec, error::timeout);
}

TYPED_TEST(deadline, of_two_outstanding_operations_can_be_extended) {
  this->fill_send_buffer();
  std::optional<result> read, written;
  const auto start = steady::now();
  this->stream.expires_after(60s);
  this->stream.async_read_some(net::buffer(this->memory), store(read));
  this->stream.async_write_some(net::buffer("x", 1), store(written));
  this->stream.expires_after(30ms);
  this->stream.expires_after(150ms);
  this->run_until(read);
  EXPECT_EQ(read->ec, error::timeout);
  EXPECT_GE(steady::now() - start, 150ms);
}

TYPED_TEST(deadline, of_one_outstanding_operation_can_be_shortened_and_leaves_the_other_alone) {
  this->fill_send_buffer();
  std::optional<result> read, written;
  this->stream.on_timeout(timeout_action::cancel);
  this->stream.expires_after(60s);
  this->stream.async_read_some(net::buffer(this->memory), store(read));
  this->stream.async_write_some(net::buffer("x", 1), store(written));
  this->stream.expires_after(20ms, direction::read);
  this->run_until(read);
  EXPECT_EQ(read->ec, error::timeout);
  EXPECT_FALSE(written.has_value());
}

TYPED_TEST(deadline, of_one_outstanding_operation_can_be_extended_or_removed) {
  std::optional<result> read;
  const auto start = steady::now();
  this->stream.expires_after(60s);
  this->stream.async_read_some(net::buffer(this->memory), store(read));
  this->stream.expires_after(30ms, direction::read);
  this->stream.expires_never(direction::read);
  this->context.run_for(60ms);
  EXPECT_FALSE(read.has_value());
  this->stream.expires_at(start + 100ms, direction::both);
  this->run_until(read);
  EXPECT_EQ(read->ec, error::timeout);
  EXPECT_GE(steady::now() - start, 100ms);
}

TYPED_TEST(deadline, of_an_operation_that_was_shortened_into_the_past_times_out_at_once) {
  std::optional<result> read;
  this->stream.expires_after(60s);
  this->stream.async_read_some(net::buffer(this->memory), store(read));
  this->stream.expires_after(-1s, direction::read);
  EXPECT_FALSE(read.has_value());
  this->run_until(read);
  EXPECT_EQ(read->ec, error::timeout);
}

TYPED_TEST(deadline, of_a_second_for_one_direction_leaves_the_other_without) {
  std::optional<result> written;
  this->stream.expires_at(steady::now(), direction::read);
  this->stream.async_write_some(net::buffer("x", 1), store(written));
  this->run_until(written);
  EXPECT_EQ(written->ec, error_code());
}

TYPED_TEST(deadline, in_the_future_does_not_keep_run_from_returning) {
  std::optional<result> done;
  this->stream.expires_after(30s);
  this->stream.async_write_some(net::buffer("x", 1), store(done));
  const auto start = steady::now();
  this->run_to_end();
  EXPECT_LT(steady::now() - start, 20s);
  EXPECT_TRUE(done.has_value());
}

TYPED_TEST(deadline, goes_along_when_the_stream_is_moved_with_an_operation_outstanding) {
  std::optional<result> done;
  this->stream.expires_after(50ms);
  this->stream.async_read_some(net::buffer(this->memory), store(done));
  TypeParam moved(std::move(this->stream));
  this->run_until(done);
  EXPECT_EQ(done->ec, error::timeout);
  EXPECT_FALSE(moved.socket().is_open());
  this->stream = std::move(moved);
}

TYPED_TEST(deadline, may_be_set_and_an_operation_started_from_the_handler_that_a_timeout_called) {
  std::optional<result> second;
  this->stream.expires_after(10ms);
  this->stream.async_read_some(net::buffer(this->memory), [&](error_code ec, std::size_t) {
    EXPECT_EQ(ec, error::timeout);
    this->stream.expires_after(20s);
    this->stream.async_read_some(net::buffer(this->memory), store(second));
  });
  this->run_to_end();
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->ec, net::error::bad_descriptor);
}

// A connect occupies both directions, and has one deadline.
TEST(deadline_of_a_write, does_not_hit_a_later_connect) {
  timed::backend::io_context context;
  tcp_acceptor silent(context, {net::ip::address_v4::loopback(), 0});
  const auto fillers = stop_answering(silent);
  tcp_stream stream(context);
  auto peer = connected_peer(stream);
  std::optional<result> written;
  std::optional<error_code> connected;
  const auto start = steady::now();
  stream.expires_after(100ms);
  stream.async_write_some(net::buffer("x", 1), store(written));
  context.run();
  const bool is_in_time = steady::now() - start < 100ms;  // not so if the machine is too busy
  if (is_in_time) {
    EXPECT_EQ(written->ec, error_code());
  }
  stream.close();
  stream.expires_after(30s);
  stream.async_connect(silent.local_endpoint(), [&](error_code ec) { connected = ec; });
  context.restart();
  context.run_for(300ms);
  EXPECT_FALSE(connected.has_value());
  stream.cancel();
  context.restart();
  context.run();
  EXPECT_EQ(connected, net::error::operation_aborted);
}

}  // namespace
}  // namespace timed::tests
