// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Writes to a peer that has shut down its sending side, and reads nothing. Left to itself, the
// kernel has an io-wq worker thread block in such a write of a ring, whose polls for room complete
// at once.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <cstddef>
#include <optional>
#include <utility>

#include "tests/support/connected.h"

namespace timed::tests {
namespace {

template <class Stream>
class half_closed_peer : public connected<Stream> {
 public:
  void SetUp() override {
    connected<Stream>::SetUp();
    this->peer.shutdown(net::socket_base::shutdown_send);
    EXPECT_TRUE(await_readable(this->stream.socket().native_handle()));  // the end
    filled = this->fill_send_buffer();
    this->stream.socket().non_blocking(false);
    this->stream.socket().native_non_blocking(false);
  }

  // Starts a write, which does not complete.
  template <class Handler>
  void start_write(Handler handler) {
    this->stream.async_write_some(net::buffer(memory), std::move(handler));
    this->context.restart();
    this->context.run_for(20ms);
    EXPECT_FALSE(written.has_value());
  }

  void expect_aborted() {
    this->run_until(written);
    EXPECT_EQ(written->ec, net::error::operation_aborted);
  }

  // That no byte was lost or written twice, and that the stream can be used.
  void expect_usable(std::size_t sent) {
    EXPECT_EQ(this->drain_peer(), filled + sent);
    written.reset();
    this->stream.expires_never();
    this->stream.async_write_some(net::buffer("x", 1), store(written));
    this->run_until(written);
    EXPECT_EQ(written->ec, error_code());
    EXPECT_EQ(this->drain_peer(), 1U);
  }

  std::array<char, 64> memory{};
  std::size_t filled = 0;
  std::optional<result> written;
};
TYPED_TEST_SUITE(half_closed_peer, every_stream, protocol_names);

TYPED_TEST(half_closed_peer, a_write_completes_when_the_peer_has_read) {
  this->stream.expires_after(20s);
  this->start_write(store(this->written));
  std::size_t read = this->drain_peer();
  this->run_until(this->written);
  EXPECT_EQ(this->written->ec, error_code());
  read += this->drain_peer();
  EXPECT_EQ(read, this->filled + this->written->bytes);
}

TYPED_TEST(half_closed_peer, a_timeout_of_a_write_closes_the_stream) {
  this->start_write(store(this->written));
  this->stream.expires_after(100ms, direction::write);
  this->run_until(this->written);
  EXPECT_EQ(this->written->ec, error::timeout);
  EXPECT_FALSE(this->stream.socket().is_open());
}

TYPED_TEST(half_closed_peer, a_timeout_of_a_write_that_leaves_the_stream_open) {
  this->stream.on_timeout(timeout_action::cancel);
  this->start_write(store(this->written));
  this->stream.expires_after(100ms, direction::write);
  this->run_until(this->written);
  EXPECT_EQ(this->written->ec, error::timeout);
  EXPECT_EQ(this->written->bytes, 0U);
  this->expect_usable(0);
}

TYPED_TEST(half_closed_peer, a_write_that_is_cancelled_by_its_slot) {
  net::cancellation_signal signal;
  this->start_write(net::bind_cancellation_slot(signal.slot(), store(this->written)));
  signal.emit(net::cancellation_type::total);
  this->expect_aborted();
  this->expect_usable(0);
}

TYPED_TEST(half_closed_peer, a_write_that_is_cancelled_by_the_stream) {
  this->start_write(store(this->written));
  this->stream.cancel();
  this->expect_aborted();
  this->expect_usable(0);
}

// On a ring, the write and its cancellation could be submitted together.
TYPED_TEST(half_closed_peer, a_write_that_is_cancelled_before_the_context_has_run) {
  this->stream.async_write_some(net::buffer(this->memory), store(this->written));
  this->stream.cancel();
  this->expect_aborted();
  this->expect_usable(0);
}

TYPED_TEST(half_closed_peer, a_write_that_is_cancelled_by_its_slot_before_the_context_has_run) {
  net::cancellation_signal signal;
  this->stream.async_write_some(net::buffer(this->memory),
                                net::bind_cancellation_slot(signal.slot(), store(this->written)));
  signal.emit(net::cancellation_type::total);
  this->expect_aborted();
  this->expect_usable(0);
}

TYPED_TEST(half_closed_peer, a_write_on_a_stream_that_is_closed_before_the_context_has_run) {
  this->stream.async_write_some(net::buffer(this->memory), store(this->written));
  this->stream.close();
  this->expect_aborted();
}

TYPED_TEST(half_closed_peer, a_write_on_a_stream_that_is_closed) {
  this->start_write(store(this->written));
  this->stream.close();
  this->expect_aborted();
}

// The kernel then refuses to block, and the event loop has to wait.
TYPED_TEST(half_closed_peer, a_timeout_of_a_write_in_non_blocking_mode) {
  this->stream.socket().native_non_blocking(true);
  this->start_write(store(this->written));
  this->stream.expires_after(100ms, direction::write);
  this->run_until(this->written);
  EXPECT_EQ(this->written->ec, error::timeout);
}

}  // namespace
}  // namespace timed::tests
