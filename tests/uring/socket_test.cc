// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Sockets: what their operations do.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <future>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/uring/support.h"

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;
using tcp = net::ip::tcp;

template <class Socket>
class socket : public connected_pair<Socket> {};
using both_protocols = testing::Types<tcp_socket, unix_socket>;
TYPED_TEST_SUITE(socket, both_protocols);

TYPED_TEST(socket, transfers_bytes_and_tells_the_end) {
  std::string text(5, ' ');
  std::optional<result> written, read, end;
  this->a.async_write_some(net::buffer("hello", 5), store(written));
  EXPECT_FALSE(written.has_value()) << "not within the initiating function";
  this->b.async_read_some(net::buffer(text), store(read));
  this->run();
  EXPECT_EQ(written->bytes, 5U);
  EXPECT_EQ(read->bytes, 5U);
  EXPECT_EQ(text, "hello");
  this->a.shutdown(net::socket_base::shutdown_send);
  this->b.async_read_some(net::buffer(text), store(end));
  this->run();
  EXPECT_EQ(end->ec, net::error::eof);
}

TYPED_TEST(socket, waits_for_bytes_and_for_room) {
  std::array<char, 4> memory{};
  std::optional<result> read;
  this->b.async_read_some(net::buffer(memory), store(read));
  this->context.run_for(10ms);
  EXPECT_FALSE(read.has_value());
  this->a.write_some(net::buffer("x", 1));
  this->run();
  EXPECT_EQ(read->bytes, 1U);

  const std::size_t filled = fill_send_buffer(this->a);
  std::optional<result> written;
  this->a.async_write_some(net::buffer(memory), store(written));
  this->context.restart();
  this->context.run_for(10ms);
  EXPECT_FALSE(written.has_value());
  std::vector<char> drain(filled);
  net::read(this->b, net::buffer(drain));
  this->run();
  EXPECT_EQ(written->ec, error_code());
  EXPECT_GE(written->bytes, 1U);
}

TYPED_TEST(socket, takes_buffers_of_every_shape) {
  std::string text = "0123456789";
  std::vector<net::const_buffer> many;
  for (const char& each : text) many.push_back(net::buffer(&each, 1));
  many.push_back({});
  const std::array<net::const_buffer, 3> three = {net::buffer("ab", 2), net::const_buffer(),
                                                  net::buffer("c", 1)};
  const std::list<net::const_buffer> hundred(100, net::buffer("z", 1));
  std::string got(113, ' ');
  std::array<net::mutable_buffer, 2> two = {net::buffer(got.data(), 7),
                                            net::buffer(got.data() + 7, got.size() - 7)};
  std::optional<result> first, second, third, read;
  this->a.async_write_some(many, store(first));
  this->a.async_write_some(three, store(second));
  net::async_write(this->a, hundred, store(third));
  net::async_read(this->b, two, store(read));
  this->run();
  EXPECT_EQ(first->bytes, 10U);
  EXPECT_EQ(second->bytes, 3U);
  EXPECT_EQ(third->bytes, 100U);
  EXPECT_EQ(read->bytes, 113U);
  EXPECT_EQ(got, text + "abc" + std::string(100, 'z'));
}

TYPED_TEST(socket, does_nothing_for_empty_buffers_but_complete) {
  std::optional<result> written, read;
  this->a.async_write_some(net::const_buffer(), store(written));
  this->b.async_read_some(std::array<net::mutable_buffer, 2>(), store(read));
  this->run();
  EXPECT_EQ(written->ec, error_code());
  EXPECT_EQ(read->ec, error_code());
}

// In the order in which they were started, and without growing the stack.
TYPED_TEST(socket, carries_out_what_is_outstanding_in_its_order) {
  constexpr std::size_t count = 20'000;
  std::vector<std::size_t> done;
  std::vector<char> sent(count);
  for (std::size_t i = 0; i < count; ++i) {
    sent[i] = static_cast<char>('a' + i % 26);
    this->a.async_write_some(net::buffer(&sent[i], 1), [&done, i](error_code ec, std::size_t) {
      EXPECT_EQ(ec, error_code());
      done.push_back(i);
    });
  }
  std::vector<char> got(count);
  std::optional<result> read;
  net::async_read(this->b, net::buffer(got), store(read));
  this->run();
  EXPECT_EQ(got, sent);
  ASSERT_EQ(done.size(), count);
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
}

TYPED_TEST(socket, waits_until_it_is_ready) {
  std::optional<result> readable, writable;
  this->b.async_wait(net::socket_base::wait_read, store(readable));
  this->b.async_wait(net::socket_base::wait_write, store(writable));
  this->context.run_for(10ms);
  EXPECT_EQ(writable->ec, error_code());
  EXPECT_FALSE(readable.has_value());
  this->a.write_some(net::buffer("x", 1));
  this->run();
  EXPECT_EQ(readable->ec, error_code());
  EXPECT_EQ(this->b.available(), 1U);
}

// Nothing here depends on the descriptor's own mode; the kernel does not wait for such a one.
TYPED_TEST(socket, may_be_non_blocking_natively) {
  this->a.native_non_blocking(true);
  this->b.native_non_blocking(true);
  EXPECT_TRUE(this->b.native_non_blocking());
  std::array<char, 8> memory{};
  std::optional<result> read;
  this->b.async_read_some(net::buffer(memory), store(read));
  this->context.run_for(10ms);
  EXPECT_FALSE(read.has_value());
  this->a.write_some(net::buffer("x", 1));
  this->run();
  EXPECT_EQ(read->bytes, 1U);
  // A synchronous read waits nevertheless.
  std::thread writer([&] {
    std::this_thread::sleep_for(10ms);
    this->a.write_some(net::buffer("y", 1));
  });
  EXPECT_EQ(this->b.read_some(net::buffer(memory)), 1U);
  writer.join();
  // Unless it is told not to.
  this->b.non_blocking(true);
  error_code ec;
  this->b.read_some(net::buffer(memory), ec);
  EXPECT_EQ(ec, net::error::would_block);
}

TYPED_TEST(socket, reports_errors_of_its_peer) {
  this->a.close();
  std::optional<result> first, second;
  this->b.async_write_some(net::buffer("x", 1), store(first));
  this->run();
  ::pollfd refused{.fd = this->b.native_handle(), .events = 0, .revents = 0};
  ASSERT_EQ(::poll(&refused, 1, 20'000), 1) << "the peer's answer has not arrived";
  this->b.async_write_some(net::buffer("x", 1), store(second));
  this->run();
  EXPECT_TRUE(second->ec == net::error::broken_pipe || second->ec == net::error::connection_reset)
      << second->ec;
}

TYPED_TEST(socket, that_is_not_open_says_so) {
  this->a.close();
  std::array<char, 8> memory{};
  std::optional<result> read, written, waited;
  this->a.async_read_some(net::buffer(memory), store(read));
  this->a.async_write_some(net::buffer(memory), store(written));
  this->a.async_wait(net::socket_base::wait_read, store(waited));
  EXPECT_FALSE(read.has_value());
  this->run();
  EXPECT_EQ(read->ec, net::error::bad_descriptor);
  EXPECT_EQ(written->ec, net::error::bad_descriptor);
  EXPECT_EQ(waited->ec, net::error::bad_descriptor);
  error_code ec;
  this->a.read_some(net::buffer(memory), ec);
  EXPECT_EQ(ec, net::error::bad_descriptor);
  EXPECT_THROW(this->a.cancel(), boost::system::system_error);
  EXPECT_EQ(this->a.native_handle(), -1);
  EXPECT_THROW((void)this->a.remote_endpoint(), boost::system::system_error);
}

TYPED_TEST(socket, cancels_all_that_was_started_before_and_nothing_after) {
  std::array<char, 8> memory{};
  fill_send_buffer(this->a);
  std::optional<result> read, queued, waited, written, after;
  this->b.non_blocking(true);
  error_code ec;
  while (!ec) this->b.read_some(net::buffer(std::array<char, 4096>()), ec);
  fill_send_buffer(this->a);
  this->a.async_read_some(net::buffer(memory), store(read));
  this->a.async_read_some(net::buffer(memory), store(queued));
  this->a.async_wait(net::socket_base::wait_error, store(waited));
  this->a.async_write_some(net::buffer(memory), store(written));
  this->context.run_for(10ms);
  EXPECT_FALSE(read || queued || waited || written);
  this->a.cancel();
  this->a.async_read_some(net::buffer(memory), store(after));
  this->context.restart();
  this->context.run_for(10ms);
  for (const auto* each : {&read, &queued, &waited, &written}) {
    ASSERT_TRUE(each->has_value());
    EXPECT_EQ((*each)->ec, net::error::operation_aborted);
  }
  EXPECT_FALSE(after.has_value());
  this->b.write_some(net::buffer("x", 1));
  this->run();
  EXPECT_EQ(after->bytes, 1U);
}

TYPED_TEST(socket, cancels_one_by_its_slot) {
  std::array<char, 8> memory{};
  net::cancellation_signal first, second;
  std::optional<result> one, two, three;
  this->a.async_read_some(net::buffer(memory),
                          net::bind_cancellation_slot(first.slot(), store(one)));
  this->a.async_read_some(net::buffer(memory),
                          net::bind_cancellation_slot(second.slot(), store(two)));
  this->a.async_read_some(net::buffer(memory), store(three));
  second.emit(net::cancellation_type::total);  // one that waits for its turn
  this->context.run_for(10ms);
  EXPECT_EQ(two->ec, net::error::operation_aborted);
  EXPECT_FALSE(one || three);
  first.emit(net::cancellation_type::none);
  first.emit(net::cancellation_type::partial);
  this->context.restart();
  this->context.run_for(10ms);
  EXPECT_EQ(one->ec, net::error::operation_aborted);
  EXPECT_FALSE(three.has_value());
  first.emit(net::cancellation_type::terminal);  // It has completed.
  this->b.write_some(net::buffer("x", 1));
  this->run();
  EXPECT_EQ(three->bytes, 1U);
}

// Only the loop's own thread can have the kernel give the operation up.
TYPED_TEST(socket, that_is_closed_elsewhere_is_so_for_the_peer_when_the_context_runs_next) {
  std::array<char, 8> memory{};
  std::optional<result> read;
  this->a.async_read_some(net::buffer(memory), store(read));
  this->context.poll();
  const int number = this->a.native_handle();
  std::thread([&] { this->a.close(); }).join();
  EXPECT_FALSE(this->a.is_open());
  EXPECT_GE(::fcntl(number, F_GETFD), 0) << "the kernel still uses it";
  this->run();
  EXPECT_EQ(read->ec, net::error::operation_aborted);
  EXPECT_EQ(read->bytes, 0U);
  EXPECT_LT(::fcntl(number, F_GETFD), 0) << "it is still open";
  error_code ec;
  this->b.read_some(net::buffer(memory), ec);
  EXPECT_EQ(ec, net::error::eof);
}

TYPED_TEST(socket, may_be_destroyed_with_everything_outstanding) {
  std::array<char, 8> memory{};
  std::optional<result> read, waited;
  {
    TypeParam moved(std::move(this->a));
    moved.async_read_some(net::buffer(memory), store(read));
    moved.async_wait(net::socket_base::wait_error, store(waited));
    this->context.run_for(5ms);
  }
  this->run();
  EXPECT_EQ(read->ec, net::error::operation_aborted);
  EXPECT_EQ(waited->ec, net::error::operation_aborted);
}

// Outstanding operations take no bytes from the descriptor's new owner.
TYPED_TEST(socket, gives_its_descriptor_up_and_takes_one_over) {
  std::array<char, 8> memory{};
  std::optional<result> read, again;
  this->a.async_read_some(net::buffer(memory), store(read));
  this->context.run_for(5ms);
  const int number = this->a.release();
  EXPECT_FALSE(this->a.is_open());
  this->b.write_some(net::buffer("x", 1));
  TypeParam other(this->context, this->b.local_endpoint().protocol(), number);
  other.async_read_some(net::buffer(memory), store(again));
  this->run();
  EXPECT_EQ(read->ec, net::error::operation_aborted);
  EXPECT_EQ(again->bytes, 1U);
  EXPECT_THROW(other.assign(this->b.local_endpoint().protocol(), number),
               boost::system::system_error);
}

TYPED_TEST(socket, moves_while_operations_are_outstanding) {
  std::array<char, 8> memory{};
  std::optional<result> read, lost;
  this->a.async_read_some(net::buffer(memory), store(read));
  TypeParam other(this->context), peer(this->context);
  connect_sockets(other, peer);
  other.async_read_some(net::buffer(memory), store(lost));
  other = std::move(this->a);
  this->b.write_some(net::buffer("x", 1));
  this->run();
  EXPECT_EQ(read->bytes, 1U);
  EXPECT_EQ(lost->ec, net::error::operation_aborted);
}

TYPED_TEST(socket, calls_handlers_on_their_executor) {
  const auto strand = net::make_strand(this->context);
  std::array<char, 8> memory{};
  bool was_there = false;
  this->b.async_read_some(net::buffer(memory),
                          net::bind_executor(strand, [&](error_code, std::size_t) {
                            was_there = strand.running_in_this_thread();
                          }));
  this->a.write_some(net::buffer("x", 1));
  this->run();
  EXPECT_TRUE(was_there);
}

using on_strand = tcp_socket::rebind_executor<net::strand<io_context::executor_type>>::other;

TEST(socket_on_strand, calls_handlers_there) {
  io_context context;
  const auto strand = net::make_strand(context.get_executor());
  on_strand a(strand), b(strand);
  basic_acceptor<tcp> acceptor(context, {net::ip::address_v6::loopback(), 0});
  a.connect(acceptor.local_endpoint());
  acceptor.accept(b);
  EXPECT_TRUE(a.remote_endpoint().address().is_v6());
  bool was_there = false;
  std::array<char, 8> memory{};
  b.async_read_some(net::buffer(memory),
                    [&](error_code, std::size_t) { was_there = strand.running_in_this_thread(); });
  a.write_some(net::buffer("x", 1));
  context.run();
  EXPECT_TRUE(was_there);
  tcp_socket rebound(std::move(a));
  EXPECT_TRUE(rebound.is_open());
}

// Started on other threads than the one that runs the loop.
TEST(socket_from_elsewhere, transfers_and_is_cancelled) {
  io_context context;
  tcp_socket a(context), b(context);
  connect_sockets(a, b);
  auto work = net::make_work_guard(context);
  std::thread runner([&] { context.run(); });
  for (int i = 0; i < 200; ++i) {
    std::promise<std::size_t> read;
    std::promise<error_code> cancelled;
    std::array<char, 8> memory{};
    b.async_read_some(net::buffer(memory),
                      [&](error_code, std::size_t bytes) { read.set_value(bytes); });
    a.async_write_some(net::buffer("abc", 3), [](error_code, std::size_t) {});
    EXPECT_EQ(read.get_future().get(), 3U);
    net::cancellation_signal signal;
    b.async_read_some(net::buffer(memory),
                      net::bind_cancellation_slot(signal.slot(), [&](error_code ec, std::size_t) {
                        cancelled.set_value(ec);
                      }));
    if (i % 2 == 0) {
      b.cancel();
    } else {
      signal.emit(net::cancellation_type::total);
    }
    EXPECT_EQ(cancelled.get_future().get(), net::error::operation_aborted);
  }
  work.reset();
  runner.join();
}

// Rings of every size: more operations than fit are neither lost nor refused.
class small_rings : public testing::TestWithParam<unsigned> {};

TEST_P(small_rings, hold_many_operations) {
  io_context context(options{.entries = GetParam(), .completions = GetParam()});
  constexpr int count = 100, rounds = 20;
  struct pair {
    explicit pair(io_context& on) : a(on), b(on) { connect_pair(a, b); }
    void go_on() {
      if (left-- == 0) return;
      b.async_read_some(net::buffer(memory), [this](error_code ec, std::size_t) {
        ASSERT_EQ(ec, error_code());
        go_on();
      });
      a.async_write_some(std::array<net::const_buffer, 2>{net::buffer("x", 1), net::buffer("y", 1)},
                         [](error_code ec, std::size_t) { ASSERT_EQ(ec, error_code()); });
    }
    unix_socket a, b;
    std::array<char, 2> memory{};
    int left = rounds;
  };
  std::vector<std::unique_ptr<pair>> pairs;
  for (int i = 0; i < count; ++i) {
    pairs.push_back(std::make_unique<pair>(context));
    pairs.back()->go_on();
  }
  context.run_for(20s);
  EXPECT_TRUE(context.stopped());
  for (const auto& each : pairs) EXPECT_EQ(each->left, -1);
  // And as many that are cancelled.
  int aborted = 0;
  for (const auto& each : pairs) {
    each->b.async_read_some(net::buffer(each->memory), [&](error_code ec, std::size_t) {
      aborted += ec == net::error::operation_aborted;
    });
  }
  context.restart();
  context.run_for(10ms);
  for (const auto& each : pairs) each->b.cancel();
  context.run_for(20s);
  EXPECT_EQ(aborted, count);
}

INSTANTIATE_TEST_SUITE_P(of_every_size, small_rings, testing::Values(2U, 4U, 8U, 256U));

}  // namespace
}  // namespace timed::uring::tests
