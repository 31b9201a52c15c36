// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/manual_clock.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "tests/support/connected.h"
#include "tests/support/threads.h"

namespace timed::tests {
namespace {

using steady = std::chrono::steady_clock;

template <class Stream>
class manual_time : public connected<Stream> {
 public:
  manual_clock clock{this->context};
  std::array<char, 64> memory{};
  std::optional<result> done;
};
TYPED_TEST_SUITE(manual_time, every_stream, protocol_names);

// First of all, as a process that has had a manual clock never again relies on when it last looked.
TEST(manual_time_that_begins, takes_over_a_deadline_that_was_set_in_real_time) {
  backend::io_context context;
  unix_stream stream(context);
  auto peer = connected_peer(stream);
  std::array<char, 64> memory{};
  std::optional<result> before, done;
  stream.expires_after(30s);
  peer.write_some(net::buffer("x", 1));
  stream.async_read_some(net::buffer(memory), store(before));
  context.run();
  ASSERT_EQ(before->ec, error_code());

  stream.expires_after(30s);
  manual_clock clock(context);
  stream.async_read_some(net::buffer(memory), store(done));
  clock.advance(31s);
  context.restart();
  context.run_for(20s);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error::timeout);
}

TYPED_TEST(manual_time, passes_only_when_the_program_says_so) {
  this->stream.expires_after(1ns);
  this->stream.async_read_some(net::buffer(this->memory), store(this->done));
  this->context.run_for(10ms);
  EXPECT_FALSE(this->done.has_value());
  this->clock.advance(1ns);
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, error::timeout);
}

TYPED_TEST(manual_time, passes_an_hour_without_sleeping) {
  const auto start = steady::now();
  this->stream.timeout(1h);
  this->stream.async_read_some(net::buffer(this->memory), store(this->done));
  this->clock.advance(59min);
  this->context.poll();
  EXPECT_FALSE(this->done.has_value());
  this->clock.advance(1min);
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, error::timeout);
  EXPECT_LT(steady::now() - start, 5min);
}

TYPED_TEST(manual_time, does_not_keep_run_from_returning_after_the_last_operation) {
  this->stream.expires_after(1h);
  this->stream.async_write_some(net::buffer("x", 1), store(this->done));
  this->run_to_end();
  EXPECT_EQ(this->done->ec, error_code());
  EXPECT_FALSE(this->clock.next_deadline().has_value());
}

TYPED_TEST(manual_time, lets_a_deadline_be_moved_while_the_operation_is_outstanding) {
  this->stream.expires_after(10s);
  this->stream.async_read_some(net::buffer(this->memory), store(this->done));
  this->stream.expires_after(20s, direction::read);
  this->clock.advance(19s);
  this->context.poll();
  EXPECT_FALSE(this->done.has_value());
  this->stream.expires_after(0s, direction::read);
  this->clock.advance(0s);
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, error::timeout);
}

TYPED_TEST(manual_time, never_reaches_a_deadline_that_was_removed) {
  this->stream.expires_after(10s);
  this->stream.async_read_some(net::buffer(this->memory), store(this->done));
  this->stream.expires_never(direction::read);
  this->clock.advance(steady::duration::max());
  this->context.poll();
  EXPECT_FALSE(this->done.has_value());
}

TYPED_TEST(manual_time, cannot_go_back) {
  EXPECT_THROW(this->clock.advance(-1ns), std::invalid_argument);
  EXPECT_THROW(this->clock.advance_to(steady::time_point::min()), std::invalid_argument);
  const auto before = this->clock.now();
  this->clock.advance_to(before);
  EXPECT_EQ(this->clock.now(), before);
}

TYPED_TEST(manual_time, is_the_same_for_all_clocks_of_a_context_and_stays_when_they_are_gone) {
  this->clock.advance(1h);
  std::optional<manual_clock> other(this->context);
  EXPECT_EQ(other->now(), this->clock.now());
  other->advance(1h);
  EXPECT_EQ(other->now(), this->clock.now());
  other.reset();
  const auto before = this->clock.now();
  this->context.run_for(2ms);
  EXPECT_EQ(this->clock.now(), before);
}

TYPED_TEST(manual_time, of_one_context_leaves_other_contexts_in_real_time) {
  timed::backend::io_context context;
  TypeParam stream(context);
  auto peer = connected_peer(stream);
  std::optional<result> other;
  stream.expires_after(5ms);
  stream.async_read_some(net::buffer(this->memory), store(other));
  context.run();
  ASSERT_TRUE(other.has_value());
  EXPECT_EQ(other->ec, error::timeout);
}

TYPED_TEST(manual_time, may_be_left_standing_with_operations_outstanding) {
  auto context = std::make_unique<timed::backend::io_context>();
  manual_clock local(*context);
  auto stream = std::make_unique<TypeParam>(*context);
  auto peer = connected_peer(*stream);
  stream->expires_after(1s);
  stream->async_read_some(net::buffer(this->memory), store(this->done));
  local.advance(1s);
  peer.close();
  stream.reset();
  context.reset();
  EXPECT_FALSE(this->done.has_value());
}

TYPED_TEST(manual_time, serves_streams_on_strands_that_several_threads_run) {
  TypeParam stream(net::make_strand(this->context));
  auto peer = connected_peer(stream);
  stream.expires_after(1h);
  error_code reported;
  stream.async_read_some(net::buffer(this->memory),
                         [&](error_code ec, std::size_t) { reported = ec; });
  runners threads(2, [this] { this->context.run(); });
  this->clock.advance(1h);
  threads.join();
  EXPECT_EQ(reported, error::timeout);
}

TYPED_TEST(manual_time, lets_a_deadline_be_moved_into_the_past) {
  this->stream.on_timeout(timeout_action::cancel);
  for (const bool absolute : {true, false}) {
    this->done.reset();
    this->stream.async_read_some(net::buffer(this->memory), store(this->done));
    if (absolute) {
      this->stream.expires_after(-1s, direction::read);
    } else {
      this->stream.read_timeout(0s);
    }
    this->run_until(this->done);
    EXPECT_EQ(this->done->ec, error::timeout);
    this->stream.expires_never();
  }
}

TYPED_TEST(manual_time, that_begins_while_an_operation_is_outstanding_lets_it_time_out_by_both) {
  for (bool is_in_time = false; !is_in_time;) {  // a busy machine may need several tries
    timed::backend::io_context context;
    TypeParam stream(context);
    auto peer = connected_peer(stream);
    this->done.reset();
    const auto start = steady::now();
    stream.expires_after(20ms);
    stream.async_read_some(net::buffer(this->memory), store(this->done));
    manual_clock late(context);
    is_in_time = steady::now() - start < 20ms;
    context.run_for(40ms);
    EXPECT_FALSE(is_in_time && this->done.has_value());
    late.advance(20ms);
    context.run();
    ASSERT_TRUE(this->done.has_value());
    EXPECT_EQ(this->done->ec, error::timeout);
  }
}

TYPED_TEST(manual_time, releases_its_waits_when_the_context_is_destroyed) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = held;
  auto context = std::make_unique<timed::backend::io_context>();
  manual_clock local(*context);
  auto stream = std::make_unique<TypeParam>(*context);
  auto peer = connected_peer(*stream);
  stream->expires_after(1s);
  stream->async_read_some(net::buffer(this->memory), [held](error_code, std::size_t) {});
  held.reset();
  EXPECT_FALSE(watched.expired());
  peer.close();
  stream.reset();
  context.reset();
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace timed::tests
