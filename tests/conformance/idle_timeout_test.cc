// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <limits>
#include <optional>

#include "tests/support/connected.h"
#include "timed/manual_clock.h"

namespace timed::tests {
namespace {

template <class Stream>
class idle_timeout : public connected<Stream> {
 public:
  // A read that is answered, so that it completes.
  void read_answered() {
    std::optional<result> done;
    this->peer.write_some(net::buffer("x", 1));
    this->stream.async_read_some(net::buffer(memory), store(done));
    this->run_until(done);
    EXPECT_EQ(done->ec, error_code());
  }

  manual_clock clock{this->context};
  std::array<char, 64> memory{};
  std::optional<result> read, written;
};
TYPED_TEST_SUITE(idle_timeout, every_stream, protocol_names);

TYPED_TEST(idle_timeout, counts_for_each_read_from_its_own_start) {
  this->stream.read_timeout(10s);
  for (int i = 0; i < 3; ++i) {
    this->clock.advance(9s);
    this->read_answered();
    this->clock.advance(9s);
  }
  this->stream.async_read_some(net::buffer(this->memory), store(this->read));
  this->clock.advance(9s);
  this->context.poll();
  EXPECT_FALSE(this->read.has_value());
  this->clock.advance(1s);
  this->run_until(this->read);
  EXPECT_EQ(this->read->ec, error::timeout);
}

TYPED_TEST(idle_timeout, of_writing_leaves_reading_alone_and_the_other_way_round) {
  this->fill_send_buffer();
  this->stream.write_timeout(1s);
  this->stream.on_timeout(timeout_action::cancel);
  this->stream.async_read_some(net::buffer(this->memory), store(this->read));
  this->stream.async_write_some(net::buffer("x", 1), store(this->written));
  this->clock.advance(1h);
  this->run_until(this->written);
  EXPECT_EQ(this->written->ec, error::timeout);
  EXPECT_FALSE(this->read.has_value());
}

TYPED_TEST(idle_timeout, and_absolute_deadline_stand_side_by_side_and_the_earlier_one_counts) {
  this->stream.read_timeout(10s);
  this->stream.expires_after(15s);
  this->read_answered();
  this->clock.advance(8s);
  this->stream.async_read_some(net::buffer(this->memory), store(this->read));
  this->clock.advance(6s);
  this->context.poll();
  EXPECT_FALSE(this->read.has_value());
  this->clock.advance(1s);  // the absolute one
  this->run_until(this->read);
  EXPECT_EQ(this->read->ec, error::timeout);
}

TYPED_TEST(idle_timeout, has_no_effect_while_nothing_is_outstanding) {
  this->stream.timeout(1s);
  this->clock.advance(1h);
  this->read_answered();
}

TYPED_TEST(idle_timeout, can_be_removed) {
  this->stream.timeout(1s);
  this->stream.timeout(std::chrono::steady_clock::duration::max());
  this->stream.async_read_some(net::buffer(this->memory), store(this->read));
  EXPECT_FALSE(this->clock.next_deadline().has_value());
}

TYPED_TEST(idle_timeout, set_while_an_operation_is_outstanding_gives_it_that_much_from_then_on) {
  this->stream.read_timeout(10s);
  this->stream.async_read_some(net::buffer(this->memory), store(this->read));
  this->clock.advance(9s);
  this->stream.read_timeout(10s);
  this->clock.advance(9s);
  this->context.poll();
  EXPECT_FALSE(this->read.has_value());
  this->clock.advance(1s);
  this->run_until(this->read);
  EXPECT_EQ(this->read->ec, error::timeout);
}

TYPED_TEST(idle_timeout, of_zero_a_negative_or_no_number_times_out_immediately) {
  using floating = std::chrono::duration<double>;
  for (const auto set :
       {+[](TypeParam& s) { s.read_timeout(0s); }, +[](TypeParam& s) { s.read_timeout(-1s); },
        +[](TypeParam& s) { s.timeout(std::chrono::hours::min()); },
        +[](TypeParam& s) {
          s.read_timeout(floating(std::numeric_limits<double>::quiet_NaN()));
        }}) {
    TypeParam stream(this->context);
    auto peer = connected_peer(stream);
    std::optional<result> done;
    set(stream);
    stream.async_read_some(net::buffer(this->memory), store(done));
    EXPECT_FALSE(done.has_value());
    this->run_until(done);
    EXPECT_EQ(done->ec, error::timeout);
  }
}

TYPED_TEST(idle_timeout, that_is_too_long_to_be_represented_is_none) {
  for (const auto set :
       {+[](TypeParam& s) { s.timeout(std::chrono::hours::max()); },
        +[](TypeParam& s) { s.timeout(std::chrono::duration<double>(1e300)); },
        +[](TypeParam& s) { s.timeout(std::chrono::duration<float>(9223371776.f)); },
        +[](TypeParam& s) { s.timeout(std::chrono::nanoseconds::max() - 1ns); }}) {
    set(this->stream);
    this->read_answered();
    std::optional<result> done;
    this->stream.async_read_some(net::buffer(this->memory), store(done));
    EXPECT_FALSE(this->clock.next_deadline().has_value());
    this->stream.cancel();
    this->run_until(done);
  }
}

}  // namespace
}  // namespace timed::tests
