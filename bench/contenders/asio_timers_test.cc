// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The contenders whose deadlines are kept by hand: a deadline that passes ends its operation, and
// no other one.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <vector>

#include "bench/contenders/asio/kept_timer.h"
#include "bench/contenders/asio/lazy_timer.h"
#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/operations.h"
#include "timed/backend.h"

namespace timed::bench {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using protocol = net::local::stream_protocol;
using executor = backend::io_context::executor_type;

// An operation that need not wait completes before, also on a busy machine.
constexpr clock::duration in_time = 500ms;

template <class Contender>
class asio_timers_by_hand : public testing::Test {
 protected:
  struct outcome {
    error_code ec;
    std::size_t bytes = 0;
    clock::time_point at;
  };

  asio_timers_by_hand() { backend::connect_pair(stream->socket(), peer); }

  template <class Operation>
  void start(auto buffer) {
    ended.reset();
    Contender::template start<Operation>(*stream, buffer, [this](error_code ec, std::size_t bytes) {
      ended = {ec, bytes, clock::now()};
    });
  }

  void start_read() { start<async_read_some>(net::buffer(memory)); }
  void write_from_peer() { net::write(peer, net::buffer("x", 1)); }

  void run_for(clock::duration time) {
    context.restart();
    context.run_for(time);
  }
  outcome run_until_ended() {
    context.restart();
    while (!ended && context.run_one_for(10s) != 0) {
    }
    if (!ended) throw std::runtime_error("an operation has lost its deadline");
    return *ended;
  }

  backend::io_context context;
  std::optional<typename Contender::template stream<protocol, executor>> stream{
      std::in_place, context.get_executor()};
  contenders::plain_socket::stream<protocol, executor> peer{context};
  std::array<char, 1> memory{};
  std::optional<outcome> ended;
};

using all = testing::Types<contenders::asio_lazy_timer, contenders::asio_kept_timer>;
TYPED_TEST_SUITE(asio_timers_by_hand, all);

TYPED_TEST(asio_timers_by_hand, end_an_operation_whose_deadline_passes_and_close_the_socket) {
  const auto began = clock::now();
  TypeParam::template start_expiring<async_read_some>(
      *this->stream, net::buffer(this->memory), 20ms, [this](error_code ec, std::size_t bytes) {
        this->ended = {ec, bytes, clock::now()};
      });
  const auto ended = this->run_until_ended();
  EXPECT_TRUE(TypeParam::is_timeout(ended.ec)) << ended.ec.message();
  EXPECT_GE(ended.at - began, 20ms);
  EXPECT_FALSE(this->stream->socket().is_open());
}

TYPED_TEST(asio_timers_by_hand, end_a_composed_write_that_has_transferred_a_part) {
  const std::vector<char> more_than_fits(8 << 20);
  this->stream->expires_after(20ms);
  this->template start<async_write>(net::buffer(more_than_fits));
  const auto ended = this->run_until_ended();
  EXPECT_TRUE(TypeParam::is_timeout(ended.ec)) << ended.ec.message();
  EXPECT_GT(ended.bytes, 0u);
  EXPECT_LT(ended.bytes, more_than_fits.size());
}

TYPED_TEST(asio_timers_by_hand, end_no_operation_that_completes_in_time) {
  TypeParam::set_deadline(*this->stream);
  this->start_read();
  this->write_from_peer();
  const auto ended = this->run_until_ended();
  EXPECT_FALSE(ended.ec);
  EXPECT_EQ(ended.bytes, 1u);
}

TYPED_TEST(asio_timers_by_hand, leave_an_operation_without_a_deadline_alone) {
  this->stream->expires_after(in_time);
  this->start_read();
  this->write_from_peer();
  this->run_until_ended();
  this->start_read();
  this->run_for(in_time + 50ms);
  EXPECT_FALSE(this->ended);
  EXPECT_TRUE(this->stream->socket().is_open());
  this->write_from_peer();
  const auto ended = this->run_until_ended();
  EXPECT_FALSE(ended.ec);
}

TYPED_TEST(asio_timers_by_hand, follow_a_deadline_earlier_than_the_one_before) {
  this->stream->expires_after(30s);
  this->start_read();
  this->write_from_peer();
  this->run_until_ended();
  this->stream->expires_after(20ms);
  this->start_read();
  const auto ended = this->run_until_ended();
  EXPECT_TRUE(TypeParam::is_timeout(ended.ec)) << ended.ec.message();
}

TYPED_TEST(asio_timers_by_hand, follow_a_deadline_later_than_the_one_before) {
  this->stream->expires_after(in_time);
  this->start_read();
  this->write_from_peer();
  this->run_until_ended();
  const auto began = clock::now();
  this->stream->expires_after(in_time + 50ms);
  this->start_read();
  const auto ended = this->run_until_ended();
  EXPECT_TRUE(TypeParam::is_timeout(ended.ec)) << ended.ec.message();
  EXPECT_GE(ended.at - began, in_time + 50ms);
}

TYPED_TEST(asio_timers_by_hand, allow_a_stream_to_end_while_its_timer_waits) {
  this->stream->expires_after(20ms);
  this->stream.reset();
  EXPECT_GT(this->context.run_for(10s), 0u);
  EXPECT_TRUE(this->context.stopped());
}

}  // namespace
}  // namespace timed::bench
