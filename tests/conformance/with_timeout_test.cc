// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/with_timeout.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/bind_immediate_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/support/allocations.h"
#include "tests/support/connected.h"
#include "timed/manual_clock.h"

namespace timed::tests {
namespace {

template <class Stream>
class with_timeout_of : public connected<Stream> {
 public:
  manual_clock clock{this->context};
  std::array<char, 64> memory{};
  std::optional<result> done;

  void run_until_something_waits() {
    this->run_until_holds([this] {
      const auto next = clock.next_deadline();
      return next && *next > clock.now();
    });
  }
};
TYPED_TEST_SUITE(with_timeout_of, every_stream, protocol_names);

TYPED_TEST(with_timeout_of, one_operation_counts_for_it_and_not_for_the_next) {
  this->stream.on_timeout(timeout_action::cancel);
  this->stream.async_read_some(net::buffer(this->memory), with_timeout(5s, store(this->done)));
  this->clock.advance(4s);
  this->context.poll();
  EXPECT_FALSE(this->done.has_value());
  this->clock.advance(1s);
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, error::timeout);
  this->done.reset();
  this->stream.async_read_some(net::buffer(this->memory), store(this->done));
  this->context.poll();
  EXPECT_FALSE(this->clock.next_deadline().has_value());
}

TYPED_TEST(with_timeout_of, one_operation_closes_the_stream_unless_it_is_told_otherwise) {
  this->stream.async_read_some(net::buffer(this->memory), with_timeout(5s, store(this->done)));
  this->clock.advance(5s);
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, error::timeout);
  EXPECT_FALSE(this->stream.socket().is_open());
}

TYPED_TEST(with_timeout_of, one_operation_stands_beside_the_deadline_of_the_stream) {
  this->stream.expires_after(3s);
  this->stream.async_read_some(net::buffer(this->memory), with_timeout(5s, store(this->done)));
  EXPECT_EQ(this->clock.next_deadline(), this->clock.now() + 3s);
  this->clock.advance(3s);
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, error::timeout);
}

TYPED_TEST(with_timeout_of, a_composed_operation_is_one_deadline_for_the_whole) {
  this->stream.on_timeout(timeout_action::cancel);
  net::async_read(this->stream, net::buffer(this->memory), with_timeout(10s, store(this->done)));
  for (std::size_t i = 0; i < 3; ++i) {
    this->peer.write_some(net::buffer("abcd", 4));
    this->run_until_holds([&] { return this->memory[4 * i + 3] == 'd'; });
    this->clock.advance(3s);
    this->context.run_for(1ms);
    EXPECT_FALSE(this->done.has_value());
  }
  this->clock.advance(1s);
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, error::timeout);
  EXPECT_EQ(this->done->bytes, 12u);
}

TYPED_TEST(with_timeout_of, zero_or_less_times_out_at_once_and_of_hours_max_never) {
  this->stream.on_timeout(timeout_action::cancel);
  for (const auto timeout : {0s, -1s, std::chrono::seconds::min()}) {
    this->done.reset();
    this->stream.async_write_some(net::buffer("x", 1), with_timeout(timeout, store(this->done)));
    EXPECT_FALSE(this->done.has_value());
    this->run_until(this->done);
    EXPECT_EQ(this->done->ec, error::timeout);
  }
  this->done.reset();
  this->stream.async_write_some(net::buffer("x", 1),
                                with_timeout(std::chrono::hours::max(), store(this->done)));
  EXPECT_FALSE(this->clock.next_deadline().has_value());
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, error_code());
}

TYPED_TEST(with_timeout_of, an_operation_leaves_its_cancellation_slot_to_the_caller) {
  net::cancellation_signal signal;
  for (const bool inside : {true, false}) {
    this->done.reset();
    if (inside) {
      this->stream.async_read_some(
          net::buffer(this->memory),
          with_timeout(5s, net::bind_cancellation_slot(signal.slot(), store(this->done))));
    } else {
      this->stream.async_read_some(
          net::buffer(this->memory),
          net::bind_cancellation_slot(signal.slot(), with_timeout(5s, store(this->done))));
    }
    this->context.poll();
    EXPECT_TRUE(this->clock.next_deadline().has_value());
    signal.emit(net::cancellation_type::total);
    this->run_until(this->done);
    EXPECT_EQ(this->done->ec, net::error::operation_aborted);
    EXPECT_TRUE(this->stream.socket().is_open());
  }
}

TYPED_TEST(with_timeout_of, an_operation_leaves_the_executor_of_its_handler_as_it_is) {
  auto strand = net::make_strand(this->context);
  bool on_strand = false;
  this->stream.async_read_some(
      net::buffer(this->memory),
      with_timeout(5s, net::bind_executor(strand, [&](error_code ec, std::size_t) {
                     on_strand = strand.running_in_this_thread();
                     this->done = result{ec};
                   })));
  this->clock.advance(5s);
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, error::timeout);
  EXPECT_TRUE(on_strand);
}

TYPED_TEST(with_timeout_of, two_adapters_is_the_shorter_of_both) {
  this->stream.async_read_some(net::buffer(this->memory),
                               with_timeout(5s, with_timeout(2s, store(this->done))));
  EXPECT_EQ(this->clock.next_deadline(), this->clock.now() + 2s);
  this->stream.cancel();
  this->run_until(this->done);
  this->done.reset();
  this->stream.async_read_some(net::buffer(this->memory),
                               with_timeout(2s, with_timeout(5s, store(this->done))));
  EXPECT_EQ(this->clock.next_deadline(), this->clock.now() + 2s);
}

TYPED_TEST(with_timeout_of, a_deferred_operation_counts_from_when_that_is_started) {
  auto read =
      this->stream.async_read_some(net::buffer(this->memory), with_timeout(5s, net::deferred));
  this->clock.advance(5s);
  std::move(read)(store(this->done));
  EXPECT_EQ(this->clock.next_deadline(), this->clock.now() + 5s);
  this->clock.advance(5s);
  this->run_until(this->done);
  EXPECT_EQ(this->done->ec, error::timeout);
}

TYPED_TEST(with_timeout_of, a_coroutine_composes_with_other_adapters_in_either_order) {
  this->stream.on_timeout(timeout_action::cancel);
  int timeouts = 0;
  const auto session = [&]() -> net::awaitable<void> {
    const auto one = co_await this->stream.async_read_some(
        net::buffer(this->memory), with_timeout(5s, net::as_tuple(net::use_awaitable)));
    timeouts += std::get<0>(one) == error::timeout;
    const auto two = co_await this->stream.async_read_some(
        net::buffer(this->memory), net::as_tuple(with_timeout(5s, net::use_awaitable)));
    timeouts += std::get<0>(two) == error::timeout;
    error_code ec;
    co_await this->stream.async_read_some(
        net::buffer(this->memory), with_timeout(5s, net::redirect_error(net::use_awaitable, ec)));
    timeouts += ec == error::timeout;
    try {
      co_await this->stream.async_read_some(net::buffer(this->memory),
                                            with_timeout(5s, net::use_awaitable));
    } catch (const boost::system::system_error& thrown) {
      timeouts += thrown.code() == error::timeout;
    }
  };
  bool over = false;
  net::co_spawn(this->context, session, [&](std::exception_ptr) { over = true; });
  for (int i = 0; i < 4; ++i) {
    this->run_until_something_waits();
    this->clock.advance(5s);
  }
  this->run_to_end();
  EXPECT_TRUE(over);
  EXPECT_EQ(timeouts, 4);
}

TYPED_TEST(with_timeout_of, a_stream_with_a_default_token_needs_no_token) {
  using stream_type = typename net::use_awaitable_t<>::as_default_on_t<TypeParam>;
  stream_type stream(std::move(this->stream));
  bool timed_out = false;
  const auto session = [&]() -> net::awaitable<void> {
    try {
      co_await stream.async_read_some(net::buffer(this->memory), with_timeout(5s));
    } catch (const boost::system::system_error& thrown) {
      timed_out = thrown.code() == error::timeout;
    }
  };
  net::co_spawn(this->context, session, net::detached);
  this->run_until_something_waits();
  this->clock.advance(5s);
  this->run_to_end();
  EXPECT_TRUE(timed_out);
}

TYPED_TEST(with_timeout_of, an_operation_allocates_nothing_more_than_it_does_without) {
  const auto count = [&](auto make_token) {
    std::size_t least = 1000;
    for (int i = 0; i < 10; ++i) {
      std::optional<result> done;
      const allocation_count before;
      this->stream.async_write_some(net::buffer("x", 1), make_token(done));
      this->context.restart();
      while (!done) this->context.run_one_for(1s);
      least = std::min(least, before.since());
      this->drain_peer();
    }
    return least;
  };
  this->stream.expires_after(1h);
  const auto plain = count([](auto& done) { return store(done); });
  const auto adapted = count([](auto& done) { return with_timeout(30s, store(done)); });
  EXPECT_EQ(adapted, plain);
}

}  // namespace
}  // namespace timed::tests
