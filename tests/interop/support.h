// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What the tests of other libraries over the timed stream have in common.

#ifndef TIMED_TESTS_INTEROP_SUPPORT_H
#define TIMED_TESTS_INTEROP_SUPPORT_H

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <cstddef>
#include <exception>
#include <string>
#include <utility>

#include "timed/backend.h"
#include "timed/tcp_stream.h"

namespace timed::tests::interop {

// The library whose stream is tested. The tests hold for Beast's own as well, from which the
// interface is: `boost::beast` here says so, if one wants to know who is to blame.
namespace library = timed;

using tcp_stream = library::tcp_stream;

/// What operations report whose deadline passed.
inline error_code timeout() {
  return library::error::timeout;
}

namespace beast = boost::beast;
using namespace std::chrono_literals;

/// Longer than anything takes here that is not to fail.
constexpr auto patience = 20s;
/// A deadline that is to pass.
constexpr auto soon = 50ms;

constexpr std::size_t one_megabyte = 1 << 20;

/// Awaits a result and its error code, instead of throwing the latter.
constexpr auto as_result = net::as_tuple(net::use_awaitable);

/// One context with a listener on loopback, and coroutines that play client and server on it.
class loopback : public testing::Test {
 public:
  /// Starts a coroutine; an exception that it ends with fails the test.
  void start(net::awaitable<void> coroutine) {
    net::co_spawn(context, std::move(coroutine), [](std::exception_ptr thrown) {
      try {
        if (thrown) std::rethrow_exception(thrown);
      } catch (const std::exception& failure) {
        ADD_FAILURE() << failure.what();
      }
    });
  }

  /// Runs the context until nothing is outstanding; fails the test if that takes too long.
  void run() {
    context.run_for(patience);
    EXPECT_TRUE(context.stopped()) << "something is still outstanding";
  }

  /// Runs these coroutines to their ends.
  template <class... Coroutines>
  void run(Coroutines... coroutines) {
    (start(std::move(coroutines)), ...);
    run();
  }

  net::awaitable<tcp_stream> connect() {
    tcp_stream stream(context);
    stream.expires_after(patience);
    co_await stream.async_connect(acceptor.local_endpoint(), net::use_awaitable);
    co_return stream;
  }

  net::awaitable<tcp_stream> accept() {
    tcp_stream stream(co_await acceptor.async_accept(net::use_awaitable));
    stream.expires_after(patience);
    co_return stream;
  }

  /// Is a peer that reads what comes and never says a word, until the other end hangs up.
  net::awaitable<void> be_silent(tcp_stream stream) {
    stream.expires_after(patience);
    std::array<char, 4096> memory;
    for (;;) {
      const auto [ec, size] = co_await stream.async_read_some(net::buffer(memory), as_result);
      if (ec) co_return;
    }
  }

  net::awaitable<void> accept_and_be_silent() { co_await be_silent(co_await accept()); }

  timed::backend::io_context context;
  backend::basic_acceptor<net::ip::tcp> acceptor{context, {net::ip::address_v4::loopback(), 0}};
};

}  // namespace timed::tests::interop

#endif  // TIMED_TESTS_INTEROP_SUPPORT_H
