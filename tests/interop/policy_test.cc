// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A timed stream with a rate policy that a user wrote for Beast's stream.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/rate_policy.hpp>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include "tests/interop/support.h"
#include "tests/support/patterned.h"
#include "timed/basic_stream.h"
#include "timed/beast.h"
#include "timed/manual_clock.h"

namespace timed::tests::interop {
namespace {

// Its functions are private, and only Beast's access class may call them.
class users_policy {
  friend class boost::beast::rate_policy_access;

  std::size_t available_read_bytes() const { return left_; }
  std::size_t available_write_bytes() const { return left_; }
  void transfer_read_bytes(std::size_t n) { left_ -= std::min(left_, n); }
  void transfer_write_bytes(std::size_t n) { left_ -= std::min(left_, n); }
  void on_timer() {
    ++seconds;
    left_ = 1000;
  }

  std::size_t left_ = 1000;

 public:
  int seconds = 0;
};

class policy_for_beast : public loopback {};

TEST_F(policy_for_beast, limits_a_timed_stream_too) {
  manual_clock clock(context);
  using limited = basic_stream<net::ip::tcp, net::any_io_executor, users_policy>;
  const std::string message = patterned(3500);
  bool written = false;
  const auto client = [&]() -> net::awaitable<void> {
    limited stream(users_policy(), context);
    co_await stream.async_connect(acceptor.local_endpoint(), net::use_awaitable);
    co_await net::async_write(stream, net::buffer(message), net::use_awaitable);
    written = true;
    EXPECT_EQ(stream.rate_policy().seconds, 3);
  };
  const auto server = [&]() -> net::awaitable<void> {
    tcp_stream stream = co_await accept();
    std::string received(1000, '\0');
    for (int second = 0; second < 3; ++second) {
      co_await net::async_read(stream, net::buffer(received), net::use_awaitable);
      EXPECT_TRUE(received == message.substr(static_cast<std::size_t>(second) * 1000, 1000));
      EXPECT_FALSE(written);
      // The writer may not have come to wait yet; it is the only one that does.
      while (!clock.next_deadline() || *clock.next_deadline() > clock.now() + 2s) {
        co_await net::post(context, net::use_awaitable);
      }
      clock.advance(1s);
    }
    received.resize(500);
    co_await net::async_read(stream, net::buffer(received), net::use_awaitable);
    EXPECT_TRUE(received == message.substr(3000));
  };
  run(server(), client());
  EXPECT_TRUE(written);
}

TEST_F(policy_for_beast, of_no_limit_costs_nothing_here_either) {
  using beasts = basic_stream<net::ip::tcp, net::any_io_executor, beast::unlimited_rate_policy>;
  beasts stream(context);
  static_assert(std::is_nothrow_move_constructible_v<beasts>);
  static_assert(sizeof(beasts) == sizeof(tcp_stream));
}

}  // namespace
}  // namespace timed::tests::interop
