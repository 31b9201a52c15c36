// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <tuple>

#include "tests/support/connected.h"

namespace timed::tests {
namespace {

template <class Stream>
class tokens : public connected<Stream> {
 public:
  std::array<char, 64> memory{};

  // Runs a coroutine to its end; an exception in it fails the test.
  template <class Coroutine>
  void run(Coroutine coroutine) {
    bool finished = false;
    net::co_spawn(this->context, coroutine, [&](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
      finished = true;
    });
    this->run_to_end();
    EXPECT_TRUE(finished);
  }
};
TYPED_TEST_SUITE(tokens, every_stream, protocol_names);

// As a tuple, since libstdc++'s reference count of an exception that crosses threads is not
// instrumented for the thread sanitizer.
TYPED_TEST(tokens, use_future) {
  this->stream.on_timeout(timeout_action::cancel);  // for a thread that starts late
  std::future<std::size_t> written =
      this->stream.async_write_some(net::buffer("x", 1), net::use_future);
  this->stream.expires_after(10ms);
  std::future<std::tuple<error_code, std::size_t>> read =
      this->stream.async_read_some(net::buffer(this->memory), net::as_tuple(net::use_future));
  std::thread thread([this] { this->run_to_end(); });
  EXPECT_EQ(written.get(), 1u);
  EXPECT_EQ(std::get<0>(read.get()), error::timeout);
  thread.join();
}

TYPED_TEST(tokens, use_awaitable_and_the_default_of_any_io_executor) {
  this->run([this]() -> net::awaitable<void> {
    this->stream.expires_after(20s);
    EXPECT_EQ(co_await this->stream.async_write_some(net::buffer("x", 1), net::use_awaitable), 1u);
    EXPECT_EQ(co_await this->stream.async_write_some(net::buffer("y", 1)), 1u);
    this->stream.expires_after(10ms);
    bool timed_out = false;
    try {
      co_await this->stream.async_read_some(net::buffer(this->memory));
    } catch (const boost::system::system_error& thrown) {
      timed_out = thrown.code() == condition::timeout;
    }
    EXPECT_TRUE(timed_out);
  });
}

TYPED_TEST(tokens, as_tuple) {
  this->run([this]() -> net::awaitable<void> {
    this->stream.expires_after(10ms);
    const auto [ec, n] = co_await this->stream.async_read_some(net::buffer(this->memory),
                                                               net::as_tuple(net::use_awaitable));
    EXPECT_EQ(ec, error::timeout);
    EXPECT_EQ(n, 0u);
  });
}

TYPED_TEST(tokens, deferred_starts_only_when_it_is_called) {
  auto write = this->stream.async_write_some(net::buffer("x", 1), net::deferred);
  this->context.poll();
  EXPECT_EQ(this->peer.available(), 0u);
  std::optional<result> done;
  std::move(write)(store(done));
  this->run_until(done);
  EXPECT_EQ(done->bytes, 1u);
}

TYPED_TEST(tokens, detached) {
  this->stream.async_write_some(net::buffer("x", 1), net::detached);
  this->run_to_end();
  char received;
  EXPECT_EQ(this->peer.read_some(net::buffer(&received, 1)), 1u);
}

TYPED_TEST(tokens, as_default_on_a_rebound_stream) {
  using executor = typename net::use_awaitable_t<>::template executor_with_default<
      typename TypeParam::executor_type>;
  using rebound = typename TypeParam::template rebind_executor<executor>::other;
  this->run([]() -> net::awaitable<void> {
    rebound stream(executor(co_await net::this_coro::executor));
    typename rebound::socket_type peer(stream.get_executor());
    connect_sockets(stream.socket(), peer);
    EXPECT_EQ(co_await stream.async_write_some(net::buffer("x", 1)), 1u);
  });
}

TYPED_TEST(tokens, cancel_after_aborts_the_operation_and_keeps_the_stream) {
  std::optional<result> done;
  this->stream.expires_after(20s);
  this->stream.async_read_some(net::buffer(this->memory), net::cancel_after(10ms, store(done)));
  this->run_until(done);
  EXPECT_EQ(done->ec, net::error::operation_aborted);
  EXPECT_TRUE(this->stream.socket().is_open());
}

TYPED_TEST(tokens, awaitable_operators_cancel_the_slower_operation) {
  using namespace net::experimental::awaitable_operators;
  this->run([this]() -> net::awaitable<void> {
    this->stream.expires_after(20s);
    const auto winner =
        co_await (this->stream.async_read_some(net::buffer(this->memory), net::use_awaitable) ||
                  this->stream.async_write_some(net::buffer("x", 1), net::use_awaitable));
    EXPECT_EQ(winner.index(), 1u);
    EXPECT_TRUE(this->stream.socket().is_open());
  });
}

TYPED_TEST(tokens, async_write_and_async_read_in_a_coroutine) {
  this->run([this]() -> net::awaitable<void> {
    this->stream.expires_after(20s);
    const std::string sent(10000, 's');
    std::string received(sent.size(), ' ');
    co_await net::async_write(this->stream, net::buffer(sent), net::use_awaitable);
    co_await net::async_read(this->peer, net::buffer(received), net::use_awaitable);
    EXPECT_EQ(sent, received);
    co_await net::async_write(this->peer, net::buffer(sent), net::use_awaitable);
    received.assign(sent.size(), ' ');
    co_await net::async_read(this->stream, net::buffer(received), net::use_awaitable);
    EXPECT_EQ(sent, received);
  });
}

}  // namespace
}  // namespace timed::tests
