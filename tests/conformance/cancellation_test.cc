// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "tests/support/connected.h"

namespace timed::tests {
namespace {

template <class Stream>
class cancellation : public connected<Stream> {
 public:
  std::array<char, 64> memory{};
};
TYPED_TEST_SUITE(cancellation, every_stream, protocol_names);

TYPED_TEST(cancellation, of_one_write_of_each_type_reports_aborted_and_leaves_the_stream_open) {
  this->fill_send_buffer();
  for (const auto type : {net::cancellation_type::terminal, net::cancellation_type::partial,
                          net::cancellation_type::total}) {
    net::cancellation_signal signal;
    std::optional<result> done;
    this->stream.expires_after(20s);
    this->stream.async_write_some(net::buffer("x", 1),
                                  net::bind_cancellation_slot(signal.slot(), store(done)));
    this->context.poll();
    EXPECT_FALSE(done.has_value());
    signal.emit(type);
    this->run_until(done);
    EXPECT_EQ(done->ec, net::error::operation_aborted);
    EXPECT_EQ(done->bytes, 0u);
    EXPECT_TRUE(this->stream.socket().is_open());
  }
  this->drain_peer();
  std::optional<result> next;
  this->stream.async_write_some(net::buffer("x", 1), store(next));
  this->run_until(next);
  EXPECT_EQ(next->ec, error_code());
}

TYPED_TEST(cancellation, of_one_read_leaves_a_write_of_the_same_stream_alone) {
  this->fill_send_buffer();
  net::cancellation_signal signal;
  std::optional<result> read, written;
  this->stream.expires_after(20s);
  this->stream.async_write_some(net::buffer("x", 1), store(written));
  this->stream.async_read_some(net::buffer(this->memory),
                               net::bind_cancellation_slot(signal.slot(), store(read)));
  this->context.poll();
  signal.emit(net::cancellation_type::total);
  this->run_until(read);
  EXPECT_EQ(read->ec, net::error::operation_aborted);
  EXPECT_FALSE(written.has_value());
  this->drain_peer();
  this->run_until(written);
  EXPECT_EQ(written->ec, error_code());
}

TYPED_TEST(cancellation, by_closing_reports_aborted_whether_the_socket_has_failed_before_or_not) {
  this->peer.close();
  ASSERT_TRUE(await_readable(this->stream.socket().native_handle()));
  std::optional<result> done;
  this->stream.async_read_some(net::buffer(this->memory), store(done));
  std::this_thread::sleep_for(5ms);  // a ring has found the end by now
  this->stream.close();
  this->run_until(done);
  EXPECT_EQ(done->ec, net::error::operation_aborted);
}

TYPED_TEST(cancellation, by_closing_keeps_bytes_that_were_transferred) {
  this->peer.write_some(net::buffer("abc", 3));
  ASSERT_TRUE(await_readable(this->stream.socket().native_handle()));
  std::optional<result> done;
  this->stream.async_read_some(net::buffer(this->memory), store(done));
  this->stream.close();
  this->run_until(done);
  if (done->ec) {
    EXPECT_EQ(done->ec, net::error::operation_aborted);
    EXPECT_EQ(done->bytes, 0U);
  } else {
    EXPECT_EQ(done->bytes, 3U);
  }
}

TYPED_TEST(cancellation, by_closing_again_leaves_an_operation_that_has_found_the_stream_closed) {
  this->stream.close();
  std::optional<result> done;
  this->stream.async_read_some(net::buffer(this->memory), store(done));
  this->stream.close();
  this->run_until(done);
  EXPECT_EQ(done->ec, net::error::bad_descriptor);
}

TYPED_TEST(cancellation, by_the_stream_reports_aborted_and_leaves_it_open) {
  std::optional<result> done;
  this->stream.expires_after(20s);
  this->stream.async_read_some(net::buffer(this->memory), store(done));
  this->context.poll();
  this->stream.cancel();
  EXPECT_FALSE(done.has_value());
  this->run_until(done);
  EXPECT_EQ(done->ec, net::error::operation_aborted);
  EXPECT_TRUE(this->stream.socket().is_open());
}

TYPED_TEST(cancellation, before_a_deadline_stays_a_cancellation_when_that_passes_meanwhile) {
  for (bool is_in_time = false; !is_in_time;) {  // a busy machine may need several tries
    TypeParam stream(this->context);
    auto peer = connected_peer(stream);
    std::optional<result> done;
    const auto start = std::chrono::steady_clock::now();
    stream.expires_after(10ms);
    stream.async_read_some(net::buffer(this->memory), store(done));
    this->context.restart();
    this->context.poll();
    stream.cancel();
    is_in_time = std::chrono::steady_clock::now() - start < 10ms;
    timed::backend::steady_timer(this->context, 20ms).wait();
    this->run_to_end();
    if (!is_in_time) continue;
    EXPECT_EQ(done->ec, net::error::operation_aborted);
    EXPECT_TRUE(stream.socket().is_open());
  }
}

TYPED_TEST(cancellation,
           by_slot_before_a_deadline_stays_a_cancellation_when_that_passes_meanwhile) {
  for (bool is_in_time = false; !is_in_time;) {  // a busy machine may need several tries
    TypeParam stream(this->context);
    auto peer = connected_peer(stream);
    net::cancellation_signal signal;
    std::optional<result> done;
    const auto start = std::chrono::steady_clock::now();
    stream.expires_after(10ms);
    stream.async_read_some(net::buffer(this->memory),
                           net::bind_cancellation_slot(signal.slot(), store(done)));
    this->context.restart();
    this->context.poll();
    signal.emit(net::cancellation_type::partial);
    is_in_time = std::chrono::steady_clock::now() - start < 10ms;
    timed::backend::steady_timer(this->context, 20ms).wait();
    this->run_to_end();
    if (!is_in_time) continue;
    EXPECT_EQ(done->ec, net::error::operation_aborted);
    EXPECT_TRUE(stream.socket().is_open());
  }
}

TYPED_TEST(cancellation, by_slot_after_the_operation_has_ended_does_nothing) {
  net::cancellation_signal signal;
  std::optional<result> done;
  {
    TypeParam stream(std::move(this->stream));
    stream.async_write_some(net::buffer("x", 1),
                            net::bind_cancellation_slot(signal.slot(), store(done)));
    this->run_until(done);
    EXPECT_FALSE(signal.slot().has_handler());
    signal.emit(net::cancellation_type::total);
  }
  signal.emit(net::cancellation_type::total);
  this->run_to_end();
  this->stream = TypeParam(this->context);
}

// There, the slot may be used until the handler is called.
TYPED_TEST(cancellation, by_slot_is_possible_until_the_handler_is_called_on_its_own_executor) {
  net::io_context other;
  net::cancellation_signal signal;
  std::optional<result> done;
  this->stream.async_write_some(
      net::buffer("x", 1),
      net::bind_executor(other, net::bind_cancellation_slot(signal.slot(), store(done))));
  this->run_to_end();
  EXPECT_TRUE(signal.slot().has_handler());
  signal.emit(net::cancellation_type::total);
  EXPECT_FALSE(done.has_value());
  other.run();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error_code());
  EXPECT_FALSE(signal.slot().has_handler());
}

TYPED_TEST(cancellation, of_a_stream_that_was_moved_from_does_nothing) {
  TypeParam moved(std::move(this->stream));
  this->stream.cancel();
  this->stream.close();
  this->stream = std::move(moved);
}

TYPED_TEST(cancellation, by_close_reports_aborted) {
  this->fill_send_buffer();
  std::optional<result> read, written;
  this->stream.expires_after(20s);
  this->stream.async_read_some(net::buffer(this->memory), store(read));
  this->stream.async_write_some(net::buffer("x", 1), store(written));
  this->context.poll();
  this->stream.close();
  this->run_to_end();
  EXPECT_EQ(read->ec, net::error::operation_aborted);
  EXPECT_EQ(written->ec, net::error::operation_aborted);
}

TYPED_TEST(cancellation, by_close_occupies_the_direction_until_it_has_been_reported) {
  std::optional<result> aborted, refused, later;
  this->stream.async_read_some(net::buffer(this->memory), store(aborted));
  this->context.poll();
  this->stream.close();
  this->stream.async_read_some(net::buffer(this->memory), store(refused));
  this->run_to_end();
  EXPECT_EQ(aborted->ec, net::error::operation_aborted);
  EXPECT_EQ(refused->ec, net::error::already_started);
  this->stream.async_read_some(net::buffer(this->memory), store(later));
  this->run_until(later);
  EXPECT_EQ(later->ec, net::error::bad_descriptor);
}

TYPED_TEST(cancellation, by_destruction_reports_aborted_and_ends_the_deadline) {
  std::optional<result> done;
  {
    TypeParam stream(std::move(this->stream));
    stream.expires_after(60s);
    stream.async_read_some(net::buffer(this->memory), store(done));
    this->context.poll();
  }
  const auto start = std::chrono::steady_clock::now();
  this->run_to_end();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
  EXPECT_EQ(done->ec, net::error::operation_aborted);
  this->stream = TypeParam(this->context);
}

TYPED_TEST(cancellation, of_a_stream_with_nothing_outstanding_or_closed_does_nothing) {
  this->stream.cancel();
  this->stream.close();
  this->stream.close();
  this->stream.cancel();
  this->run_to_end();
}

TYPED_TEST(cancellation, by_destroying_the_stream_from_its_own_handler_is_fine) {
  auto stream = std::make_unique<TypeParam>(std::move(this->stream));
  bool called = false;
  stream->expires_after(10ms);
  stream->async_read_some(net::buffer(this->memory), [&](error_code ec, std::size_t) {
    EXPECT_EQ(ec, error::timeout);
    stream.reset();
    called = true;
  });
  this->run_to_end();
  EXPECT_TRUE(called);
  this->stream = TypeParam(this->context);
}

TYPED_TEST(cancellation, never_happens_when_the_context_is_destroyed_with_operations_outstanding) {
  bool called = false;
  net::cancellation_signal signal;
  {
    timed::backend::io_context context;
    TypeParam stream(context);
    auto peer = connected_peer(stream);
    stream.expires_after(20s);
    stream.async_read_some(net::buffer(this->memory),
                           net::bind_cancellation_slot(
                               signal.slot(), [&](error_code, std::size_t) { called = true; }));
    context.poll();
  }
  signal.emit(net::cancellation_type::total);
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace timed::tests
