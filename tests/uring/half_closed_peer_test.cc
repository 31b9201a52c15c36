// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Sockets whose peer has shut down its sending side and reads nothing. A poll of the ring for room
// completes at once then, with POLLRDHUP.

#include <gtest/gtest.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/read.hpp>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "tests/uring/support.h"

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;

// Number of threads of this process, those included in which the kernel blocks for a ring.
std::ptrdiff_t thread_count() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                       std::filesystem::directory_iterator());
}

template <class Socket>
class half_closed_peer : public connected_pair<Socket> {
 public:
  void SetUp() override {
    this->b.shutdown(net::socket_base::shutdown_send);
    EXPECT_TRUE(timed::tests::await_readable(this->a.native_handle()));  // the end
    filled = fill_send_buffer(this->a);
  }

  // Runs for a while in which nothing completes. The loop sleeps: whatever the time, it enters the
  // kernel a few times only.
  void expect_to_wait() {
    const auto threads = thread_count();
    const auto enters = this->context.statistics().enters;
    this->context.restart();
    this->context.run_for(100ms);
    EXPECT_FALSE(done.has_value());
    EXPECT_LT(this->context.statistics().enters - enters, 20U);
    EXPECT_LE(thread_count(), threads);
  }

  void drain() {
    std::vector<char> drained(filled);
    net::read(this->b, net::buffer(drained));
  }

  std::size_t filled = 0;
  std::array<char, 64> memory{};
  std::optional<result> done;
};
using both_protocols = testing::Types<tcp_socket, unix_socket>;
TYPED_TEST_SUITE(half_closed_peer, both_protocols);

TYPED_TEST(half_closed_peer, a_write_waits_without_a_thread_until_there_is_room) {
  for (const bool is_non_blocking : {false, true}) {
    this->a.native_non_blocking(is_non_blocking);
    this->done.reset();
    this->a.async_write_some(net::buffer(this->memory), store(this->done));
    this->expect_to_wait();
    this->drain();
    this->run();
    EXPECT_EQ(this->done->ec, error_code());
    const std::size_t written = this->done->bytes;
    EXPECT_GT(written, 0U);
    this->filled = written + fill_send_buffer(this->a);
  }
}

TYPED_TEST(half_closed_peer, a_write_goes_on_waiting_when_the_peer_shuts_down_meanwhile) {
  connect_sockets(this->a = TypeParam(this->context), this->b = TypeParam(this->context));
  this->filled = fill_send_buffer(this->a);
  this->a.native_non_blocking(true);
  this->a.async_write_some(net::buffer(this->memory), store(this->done));
  this->expect_to_wait();
  this->b.shutdown(net::socket_base::shutdown_send);
  this->expect_to_wait();
  this->drain();
  this->run();
  EXPECT_EQ(this->done->ec, error_code());
}

TYPED_TEST(half_closed_peer, a_write_on_a_registered_file_waits_too) {
  for (int i = 0; i < 40; ++i) {  // So many operations have it registered.
    std::optional<result> waited;
    this->b.async_wait(net::socket_base::wait_write, store(waited));
    this->a.async_wait(net::socket_base::wait_read, [](error_code) {});
    this->run();
  }
  this->a.async_write_some(net::buffer(this->memory), store(this->done));
  this->expect_to_wait();
  this->drain();
  this->run();
  EXPECT_EQ(this->done->ec, error_code());
}

TYPED_TEST(half_closed_peer, a_write_of_several_buffers_waits_too) {
  const std::array<net::const_buffer, 2> buffers{net::buffer("a", 1), net::buffer("b", 1)};
  this->a.async_write_some(buffers, store(this->done));
  this->expect_to_wait();
  this->drain();
  this->run();
  EXPECT_EQ(this->done->ec, error_code());
}

TYPED_TEST(half_closed_peer, a_wait_completes_when_there_is_room) {
  this->a.async_wait(net::socket_base::wait_write, store(this->done));
  this->expect_to_wait();
  this->drain();
  this->run();
  EXPECT_EQ(this->done->ec, error_code());
}

TYPED_TEST(half_closed_peer, a_wait_for_an_error_does_not_complete) {
  this->a.async_wait(net::socket_base::wait_error, store(this->done));
  this->expect_to_wait();
  this->a.cancel();
  this->run();
  EXPECT_EQ(this->done->ec, net::error::operation_aborted);
}

TYPED_TEST(half_closed_peer, what_waits_can_be_cancelled) {
  for (const int way : {0, 1, 2}) {
    net::cancellation_signal signal;
    auto handler = net::bind_cancellation_slot(signal.slot(), store(this->done));
    this->done.reset();
    this->a.native_non_blocking(way == 2);
    if (way != 0) {
      this->a.async_write_some(net::buffer(this->memory), handler);
    } else {
      this->a.async_wait(net::socket_base::wait_write, handler);
    }
    this->expect_to_wait();
    signal.emit(net::cancellation_type::total);
    this->run();
    EXPECT_EQ(this->done->ec, net::error::operation_aborted);
  }
}

TYPED_TEST(half_closed_peer, what_waits_goes_on_on_another_thread) {
  this->a.async_write_some(net::buffer(this->memory), store(this->done));
  this->expect_to_wait();
  std::thread([this] { this->expect_to_wait(); }).join();
  this->drain();
  this->run();
  EXPECT_EQ(this->done->ec, error_code());
}

// The kernel takes a message in the socket's error queue for readiness.
TEST(full_socket, a_write_waits_whatever_is_in_the_error_queue) {
  io_context context;
  tcp_socket a(context), b(context);
  connect_sockets(a, b);
  const int timestamps = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  ASSERT_EQ(
      ::setsockopt(a.native_handle(), SOL_SOCKET, SO_TIMESTAMPING, &timestamps, sizeof(timestamps)),
      0);
  const std::size_t filled = fill_send_buffer(a);
  ::pollfd polled{.fd = a.native_handle(), .events = POLLOUT, .revents = 0};
  ASSERT_EQ(::poll(&polled, 1, 0), 1);
  ASSERT_EQ(polled.revents, POLLERR);
  a.native_non_blocking(false);
  std::optional<result> done;
  const std::vector<char> block(1 << 20);
  a.async_write_some(net::buffer(block), store(done));
  const auto enters = context.statistics().enters;
  context.run_for(100ms);
  EXPECT_FALSE(done.has_value());
  EXPECT_LT(context.statistics().enters - enters, 20U);
  std::vector<char> drained(filled);
  net::read(b, net::buffer(drained));
  context.restart();
  context.run_for(20s);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error_code());
}

TYPED_TEST(half_closed_peer, a_write_reports_that_the_peer_has_closed) {
  this->a.async_write_some(net::buffer(this->memory), store(this->done));
  this->expect_to_wait();
  this->b.close();
  this->run();
  EXPECT_TRUE(this->done->ec == net::error::broken_pipe ||
              this->done->ec == net::error::connection_reset)
      << this->done->ec;
}

TYPED_TEST(half_closed_peer, what_waits_may_be_destroyed_with_the_context) {
  this->a.async_write_some(net::buffer(this->memory), [](error_code, std::size_t) {});
  this->expect_to_wait();
}

}  // namespace
}  // namespace timed::uring::tests
