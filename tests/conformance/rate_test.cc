// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/connected.h"
#include "timed/manual_clock.h"
#include "timed/rate_policy.h"

namespace timed::tests {
namespace {

using net::ip::tcp;

template <class Policy>
using limited_stream = basic_stream<tcp, net::any_io_executor, Policy>;

// Beast's kind, with private functions: notes what is called.
class counting_policy {
 public:
  std::size_t allowance = 100;
  int ticks = 0;
  std::size_t transferred = 0;

 private:
  friend class timed::rate_policy_access;
  std::size_t available_read_bytes() const { return left_; }
  std::size_t available_write_bytes() const { return left_; }
  void transfer_read_bytes(std::size_t n) { transfer_write_bytes(n); }
  void transfer_write_bytes(std::size_t n) {
    transferred += n;
    left_ -= std::min(left_, n);
  }
  void on_timer() {
    ++ticks;
    left_ = allowance;
  }
  std::size_t left_ = 100;
};

class rate : public testing::Test {
 public:
  template <class Stream>
  void connect(Stream& stream) {
    connect_sockets(stream.socket(), peers.emplace_back(context));
    senders.push_back(stream.socket().native_handle());
  }

  // However late this thread may be, what can be done is done.
  void settle() {
    settle_at_once();
    context.run_for(5ms);
    settle_at_once();
  }

  void run_until(const std::optional<result>& which) {
    context.restart();
    while (!which && context.run_one_for(20s) != 0) {
    }
    ASSERT_TRUE(which.has_value());
  }

  // Lets time pass in small steps while a write of everything goes on.
  // @return How much the peer has got by then.
  std::size_t got_by(std::chrono::milliseconds time) {
    const auto end = clock.now() + time;
    while (clock.now() < end) {
      clock.advance(5ms);
      settle_at_once();
    }
    return drain();
  }

  void settle_at_once() {
    context.restart();
    while (context.poll() != 0) context.restart();
    context.restart();
    context.run_for(200us);
  }

  // @return How much the peers have got, which includes what TCP delivers a little later.
  std::size_t drain() {
    std::vector<char> block(1 << 16);
    std::size_t total = 0;
    for (int waits = 0;; ++waits) {
      const bool may_come = std::ranges::any_of(senders, has_unacknowledged) && waits < 2000;
      for (auto& peer : peers) {
        peer.non_blocking(true);
        error_code ec;
        while (!ec) total += peer.read_some(net::buffer(block), ec);
      }
      if (!may_come) return total;
      std::this_thread::sleep_for(1ms);
    }
  }

  timed::backend::io_context context;
  manual_clock clock{context};
  std::list<tcp_stream::socket_type> peers;
  std::vector<int> senders;
  std::optional<result> done;
  std::vector<char> large = std::vector<char>(1 << 20, 'x');
};

TEST_F(rate, of_a_writer_is_what_the_limit_says_from_the_first_moment) {
  limited_stream<simple_rate_policy> stream(context);
  connect(stream);
  stream.rate_policy().write_limit(100'000);
  net::async_write(stream, net::buffer(large), store(done));
  settle();
  const std::size_t burst = drain();
  EXPECT_LE(burst, 10'000u);
  const std::size_t first_second = burst + got_by(1s);
  EXPECT_LE(first_second, 110'000u);
  EXPECT_GE(first_second, 95'000u);
  const std::size_t second_second = got_by(1s);
  EXPECT_LE(second_second, 110'000u);
  EXPECT_GE(second_second, 90'000u);
}

TEST_F(rate, of_a_reader_is_what_the_limit_says) {
  limited_stream<simple_rate_policy> stream(context);
  connect(stream);
  stream.rate_policy().read_limit(100'000);
  peers.back().write_some(net::buffer(large));
  std::size_t got = 0;
  int reads = 0;
  const std::function<void()> read = [&] {
    stream.async_read_some(net::buffer(large), [&](error_code ec, std::size_t n) {
      got += n;
      ++reads;
      if (!ec) read();
    });
  };
  read();
  for (const auto end = clock.now() + 1s; clock.now() < end;) {
    EXPECT_TRUE(await_readable(stream.socket().native_handle()));  // there is always more to come
    clock.advance(5ms);
    settle_at_once();
  }
  EXPECT_LE(got, 110'000u);
  EXPECT_GE(got, 95'000u);
  EXPECT_LE(reads, 60);  // none of a few bytes
  stream.close();
  settle();
}

TEST_F(rate, of_several_streams_can_have_one_limit) {
  shared_rate_policy limit;
  limit.write_limit(100'000);
  std::list<limited_stream<shared_rate_policy>> streams;
  std::array<std::optional<result>, 4> all;
  for (auto& each : all) {
    connect(streams.emplace_back(limit, context));
    net::async_write(streams.back(), net::buffer(large), store(each));
  }
  settle();
  const std::size_t first_second = drain() + got_by(1s);
  EXPECT_LE(first_second, 110'000u);
  EXPECT_GE(first_second, 90'000u);
  for (auto& each : streams) each.close();
  settle();
}

TEST_F(rate, of_an_idle_stream_holds_back_nothing_from_others_with_the_same_limit) {
  shared_rate_policy limit;
  limit.read_limit(100'000);
  std::list<limited_stream<shared_rate_policy>> streams;
  std::array<char, 10'000> memory{};
  std::array<std::optional<result>, 20> idle;
  for (auto& each : idle) {
    connect(streams.emplace_back(limit, context));
    streams.back().async_read_some(net::buffer(memory), store(each));
  }
  settle();
  clock.advance(10s);  // during which each could have been granted as much as there ever is
  settle();
  std::size_t got = 0;
  for (auto& peer : peers) peer.write_some(net::buffer(memory));
  settle();
  for (auto& each : idle) got += each ? each->bytes : 0;
  EXPECT_LE(got, 10'000u);
  for (auto& each : streams) each.close();
  settle();
}

TEST_F(rate, that_is_exceeded_makes_operations_wait_within_their_deadline) {
  limited_stream<simple_rate_policy> stream(context);
  connect(stream);
  stream.rate_policy().write_limit(0);
  stream.on_timeout(timeout_action::cancel);
  stream.write_timeout(5s);
  stream.async_write_some(net::buffer("x", 1), store(done));
  got_by(4900ms);
  EXPECT_FALSE(done.has_value());
  got_by(200ms);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error::timeout);
  EXPECT_EQ(done->bytes, 0u);
  EXPECT_TRUE(stream.socket().is_open());
}

TEST_F(rate, waits_end_with_a_timeout_that_closes_with_cancel_with_close_and_by_the_slot) {
  for (int way = 0; way < 4; ++way) {
    limited_stream<simple_rate_policy> stream(context);
    connect(stream);
    stream.rate_policy().write_limit(0);
    stream.expires_after(5s);
    net::cancellation_signal signal;
    done.reset();
    stream.async_write_some(net::buffer("x", 1),
                            net::bind_cancellation_slot(signal.slot(), store(done)));
    settle();
    EXPECT_FALSE(done.has_value());
    if (way == 0) clock.advance(5s);
    if (way == 1) stream.cancel();
    if (way == 2) stream.close();
    if (way == 3) signal.emit(net::cancellation_type::partial);
    run_until(done);
    EXPECT_EQ(done->ec,
              way == 0 ? error_code(error::timeout) : error_code(net::error::operation_aborted));
    EXPECT_EQ(stream.socket().is_open(), way == 1 || way == 3);
  }
}

TEST_F(rate, is_limited_still_after_a_wait_was_cancelled_and_the_cancelled_cost_nothing) {
  limited_stream<simple_rate_policy> stream(context);
  connect(stream);
  stream.rate_policy().write_limit(100'000);
  net::async_write(stream, net::buffer(large), store(done));
  settle();
  stream.cancel();
  run_until(done);
  EXPECT_EQ(done->ec, net::error::operation_aborted);
  drain();
  for (int i = 0; i < 100; ++i) {  // these wait, and are cancelled
    std::optional<result> each;
    stream.async_write_some(net::buffer(large), store(each));
    stream.cancel();
    run_until(each);
  }
  drain();
  clock.advance(10s);
  done.reset();
  net::async_write(stream, net::buffer(large), store(done));
  settle();
  const std::size_t first_second = drain() + got_by(1s);
  EXPECT_LE(first_second, 110'000u);
  EXPECT_GE(first_second, 95'000u);
  stream.close();
  run_until(done);
}

TEST_F(rate, that_is_changed_takes_effect_on_what_waits) {
  limited_stream<simple_rate_policy> stream(context);
  connect(stream);
  stream.rate_policy().write_limit(0);
  stream.async_write_some(net::buffer("x", 1), store(done));
  got_by(1s);
  EXPECT_FALSE(done.has_value());
  stream.rate_policy().write_limit(1'000'000);
  got_by(150ms);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error_code());
}

TEST_F(rate, leaves_no_timer_behind_when_nothing_is_outstanding) {
  limited_stream<simple_rate_policy> stream(context);
  connect(stream);
  stream.rate_policy().write_limit(1000);
  stream.expires_after(30s);
  stream.async_write_some(net::buffer("x", 1), store(done));
  context.restart();
  context.run();  // returns, though the stream and its limit are there
  EXPECT_TRUE(done.has_value());
  EXPECT_FALSE(clock.next_deadline().has_value());
}

TEST_F(rate, of_an_operation_that_is_destroyed_with_its_context_is_given_back) {
  shared_rate_policy limit;
  limit.read_limit(0);
  {
    auto other = std::make_unique<timed::backend::io_context>();
    limited_stream<shared_rate_policy> stream(limit, *other);
    tcp_stream::socket_type peer(*other);
    connect_sockets(stream.socket(), peer);
    std::array<char, 8> memory{};
    peer.write_some(net::buffer("x", 1));
    stream.async_read_some(net::buffer(memory), store(done));
    other->run_for(5ms);
  }
  EXPECT_FALSE(done.has_value());
}

TEST_F(rate, by_a_policy_of_beasts_kind_calls_on_timer_once_a_second_while_something_waits) {
  limited_stream<counting_policy> stream(context);
  connect(stream);
  net::async_write(stream, net::buffer(large.data(), 350), store(done));
  settle();
  EXPECT_EQ(drain(), 100u);
  EXPECT_EQ(stream.rate_policy().ticks, 0);
  clock.advance(1s);
  settle();
  EXPECT_EQ(drain(), 100u);
  EXPECT_EQ(stream.rate_policy().ticks, 1);
  clock.advance(2s);
  settle();
  clock.advance(1s);
  settle();
  run_until(done);
  EXPECT_EQ(done->bytes, 350u);
  EXPECT_EQ(stream.rate_policy().transferred, 350u);
  EXPECT_EQ(stream.rate_policy().ticks, 3);
  context.restart();
  context.run();  // nothing ticks on
  clock.advance(1h);
  EXPECT_EQ(stream.rate_policy().ticks, 3);
}

TEST_F(rate, policy_goes_along_with_the_stream_also_to_another_type_of_executor) {
  using executor = timed::backend::io_context::executor_type;
  basic_stream<tcp, executor, counting_policy> stream(counting_policy(), context);
  stream.rate_policy().allowance = 7;
  auto moved = std::move(stream);
  EXPECT_EQ(moved.rate_policy().allowance, 7u);
  limited_stream<counting_policy> rebound(std::move(moved));
  EXPECT_EQ(rebound.rate_policy().allowance, 7u);
}

TEST_F(rate, applies_to_a_buffer_sequence_as_to_one_buffer) {
  limited_stream<simple_rate_policy> stream(context);
  connect(stream);
  stream.rate_policy().write_limit(1000);
  const std::array<net::const_buffer, 4> parts = {net::buffer("abc", 3), net::const_buffer(),
                                                  net::buffer("defg", 4), net::buffer(large)};
  stream.async_write_some(parts, store(done));
  run_until(done);
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(done->bytes, 100u);
  std::array<char, 7> first{};
  peers.back().read_some(net::buffer(first));
  EXPECT_EQ(std::string(first.data(), 7), "abcdefg");
}

TEST_F(rate, waits_end_when_the_socket_is_released_or_the_stream_destroyed) {
  for (const bool release : {true, false}) {
    std::optional<limited_stream<simple_rate_policy>> stream(context);
    connect(*stream);
    stream->rate_policy().write_limit(0);
    done.reset();
    stream->async_write_some(net::buffer("x", 1), store(done));
    settle();
    EXPECT_FALSE(done.has_value());
    if (release) {
      EXPECT_TRUE(stream->release_socket().is_open());
    } else {
      stream.reset();
    }
    run_until(done);
    EXPECT_EQ(done->ec, net::error::operation_aborted);
  }
}

// Grants ten bytes each time, and notes how many are transferred.
struct noting_policy {
  rate_grant acquire_read(std::size_t wanted, std::chrono::steady_clock::time_point now) {
    *granted += std::min<std::size_t>(wanted, 10);
    return {std::min<std::size_t>(wanted, 10), now};
  }
  rate_grant acquire_write(std::size_t wanted, std::chrono::steady_clock::time_point now) {
    return acquire_read(wanted, now);
  }
  void settle_read(std::size_t was, std::size_t used, std::chrono::steady_clock::time_point) {
    *settled += was;
    *transferred += used;
  }
  void settle_write(std::size_t was, std::size_t used, std::chrono::steady_clock::time_point now) {
    settle_read(was, used, now);
  }
  std::shared_ptr<std::size_t> granted = std::make_shared<std::size_t>(0);
  std::shared_ptr<std::size_t> settled = std::make_shared<std::size_t>(0);
  std::shared_ptr<std::size_t> transferred = std::make_shared<std::size_t>(0);
};

TEST_F(rate, policy_settles_each_grant_once) {
  noting_policy policy;
  std::array<char, 8> memory{};
  bool called = false;
  {
    limited_stream<noting_policy> stream(policy, context);
    connect(stream);
    peers.back().write_some(net::buffer("abc", 3));
    stream.async_read_some(net::buffer(memory), store(done));
    run_until(done);
    EXPECT_EQ(*policy.granted, 8u);
    EXPECT_EQ(*policy.settled, 8u);
    EXPECT_EQ(*policy.transferred, 3u);
    done.reset();
    peers.back().close();
    stream.async_read_some(net::buffer(memory), store(done));
    run_until(done);
    EXPECT_EQ(done->ec, net::error::eof);
    EXPECT_EQ(*policy.settled, *policy.granted);
    EXPECT_EQ(*policy.transferred, 3u);
  }
  {
    timed::backend::io_context other;
    limited_stream<noting_policy> stream(policy, other);
    tcp_stream::socket_type peer(other);
    connect_sockets(stream.socket(), peer);
    peer.write_some(net::buffer("x", 1));
    stream.async_read_some(net::buffer(memory), [&](error_code, std::size_t) { called = true; });
    while (*policy.granted == *policy.settled) other.run_one_for(1s);  // until it is under way
  }  // the stream goes, and then the context, which destroys the operation
  EXPECT_FALSE(called);
  EXPECT_EQ(*policy.settled, *policy.granted);
}

}  // namespace
}  // namespace timed::tests
