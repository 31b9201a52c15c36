// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How connections with TLS end, and timeouts that reach the stream through other libraries: what
// Beast's own stream does not have.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

#include "tests/interop/certificate.h"
#include "tests/interop/support.h"
#include "tests/support/patterned.h"
#include "timed/manual_clock.h"
#include "timed/with_timeout.h"

namespace timed::tests::interop {
namespace {

using tls_stream = net::ssl::stream<tcp_stream>;

class tls_ending : public loopback {
 public:
  net::awaitable<tls_stream> connect_tls() {
    tls_stream stream(co_await connect(), tls.client);
    co_await stream.async_handshake(tls_stream::client, net::use_awaitable);
    co_return stream;
  }

  net::awaitable<void> accept_tls_and_be_silent() {
    tls_stream stream(co_await accept(), tls.server);
    co_await stream.async_handshake(tls_stream::server, net::use_awaitable);
    co_await be_silent(std::move(stream.next_layer()));
  }

  net::awaitable<void> accept_tls_and_shut_down() {
    tls_stream stream(co_await accept(), tls.server);
    co_await stream.async_handshake(tls_stream::server, net::use_awaitable);
    std::array<char, 8> memory;
    const auto [ec, size] = co_await stream.async_read_some(net::buffer(memory), as_result);
    EXPECT_EQ(ec, net::error::eof);
    const auto [ended] = co_await async_shutdown(stream, as_result);
    EXPECT_FALSE(ended) << ended.message();
    EXPECT_FALSE(stream.next_layer().socket().is_open());
  }

  tls_contexts tls;
};

TEST_F(tls_ending, shuts_down_in_order_and_closes_the_stream) {
  const auto client = [&]() -> net::awaitable<void> {
    tls_stream stream = co_await connect_tls();
    const auto [ec] = co_await async_shutdown(stream, as_result);
    EXPECT_FALSE(ec) << ec.message();
    EXPECT_FALSE(stream.next_layer().socket().is_open());
  };
  run(accept_tls_and_shut_down(), client());
}

TEST_F(tls_ending, shutdown_with_a_silent_peer_ends_by_force_after_the_linger_timeout) {
  const auto client = [&]() -> net::awaitable<void> {
    tls_stream stream = co_await connect_tls();
    stream.next_layer().expires_never();
    stream.next_layer().linger_timeout(soon);
    const auto start = std::chrono::steady_clock::now();
    const auto [ec] = co_await async_shutdown(stream, as_result);
    EXPECT_EQ(ec, error::timeout);
    EXPECT_GE(std::chrono::steady_clock::now() - start, soon);
    EXPECT_FALSE(stream.next_layer().socket().is_open());
  };
  run(accept_tls_and_be_silent(), client());
}

TEST_F(tls_ending, teardown_with_a_silent_peer_ends_by_force_after_the_linger_timeout) {
  const auto client = [&]() -> net::awaitable<void> {
    tls_stream stream = co_await connect_tls();
    stream.next_layer().expires_never();
    stream.next_layer().linger_timeout(soon);
    stream.next_layer().on_timeout(timeout_action::cancel);
    const auto [ec] = co_await async_teardown(beast::role_type::client, stream, as_result);
    EXPECT_EQ(ec, error::timeout);
    EXPECT_FALSE(stream.next_layer().socket().is_open());
  };
  run(accept_tls_and_be_silent(), client());
}

TEST_F(tls_ending, synchronous_shutdown_and_teardown_never_block_longer_than_the_linger_timeout) {
  for (const bool by_teardown : {false, true}) {
    context.restart();
    std::optional<tls_stream> stream;
    const auto client = [&]() -> net::awaitable<void> { stream.emplace(co_await connect_tls()); };
    start(accept_tls_and_be_silent());
    start(client());
    while (!stream) context.run_one_for(patience);
    stream->next_layer().linger_timeout(soon);
    error_code ec;
    if (by_teardown) {
      teardown(beast::role_type::server, *stream, ec);
    } else {
      shutdown(*stream, ec);
    }
    EXPECT_EQ(ec, error::timeout);
    EXPECT_FALSE(stream->next_layer().socket().is_open());
    stream.reset();
    run();
  }
}

TEST_F(tls_ending, of_a_websocket_uses_the_bounded_teardown) {
  // Found by the same look-up as in Beast's own code, among its overloads.
  const auto client = [&]() -> net::awaitable<void> {
    tls_stream stream = co_await connect_tls();
    stream.next_layer().expires_never();
    stream.next_layer().linger_timeout(soon);
    using beast::websocket::async_teardown;
    bool called = false;
    async_teardown(beast::role_type::client, stream, [&](error_code ec) {
      EXPECT_EQ(ec, error::timeout);
      called = true;
    });
    while (!called) co_await net::post(context, net::use_awaitable);
  };
  run(accept_tls_and_be_silent(), client());
}

TEST_F(tls_ending, can_be_cancelled) {
  const auto client = [&]() -> net::awaitable<void> {
    tls_stream stream = co_await connect_tls();
    stream.next_layer().expires_never();
    const auto [ec] = co_await async_shutdown(stream, net::cancel_after(soon, as_result));
    EXPECT_EQ(ec, net::error::operation_aborted);
    EXPECT_FALSE(stream.next_layer().socket().is_open());
  };
  run(accept_tls_and_be_silent(), client());
}

TEST_F(tls_ending, can_be_cancelled_by_each_type_of_cancellation) {
  for (const auto type : {net::cancellation_type::terminal, net::cancellation_type::partial,
                          net::cancellation_type::total}) {
    context.restart();
    const auto client = [&]() -> net::awaitable<void> {
      tls_stream stream = co_await connect_tls();
      stream.next_layer().expires_never();
      const auto [ec] =
          co_await async_teardown(beast::role_type::server, stream,
                                  net::cancel_after(soon, type, net::as_tuple(net::use_awaitable)));
      EXPECT_EQ(ec, net::error::operation_aborted);
      EXPECT_FALSE(stream.next_layer().socket().is_open());
    };
    run(accept_tls_and_be_silent(), client());
  }
}

TEST_F(tls_ending, with_a_peer_that_hangs_up_is_an_error) {
  const auto is_hung_up = [](error_code ec) {
    return ec == net::ssl::error::stream_truncated || ec == net::error::connection_reset ||
           ec == net::error::broken_pipe;
  };
  const auto hang_up = [&]() -> net::awaitable<void> {
    tls_stream stream(co_await accept(), tls.server);
    co_await stream.async_handshake(tls_stream::server, net::use_awaitable);
  };
  for (const bool by_teardown : {false, true}) {
    context.restart();
    const auto client = [&]() -> net::awaitable<void> {
      tls_stream stream = co_await connect_tls();
      error_code ec;
      if (by_teardown) {
        std::tie(ec) = co_await async_teardown(beast::role_type::server, stream, as_result);
      } else {
        std::tie(ec) = co_await async_shutdown(stream, as_result);
      }
      EXPECT_TRUE(is_hung_up(ec)) << ec;
      EXPECT_FALSE(stream.next_layer().socket().is_open());
    };
    run(hang_up(), client());
    context.restart();
    const auto synchronous = [&]() -> net::awaitable<void> {
      tls_stream stream = co_await connect_tls();
      stream.next_layer().linger_timeout(patience);
      std::array<char, 8> memory;
      // Until the peer has hung up, so that nothing has to be waited for.
      co_await stream.next_layer().socket().async_wait(net::socket_base::wait_read, as_result);
      stream.next_layer().on_timeout(timeout_action::cancel);
      error_code ec;
      if (by_teardown) {
        teardown(beast::role_type::server, stream, ec);
      } else {
        shutdown(stream, ec);
      }
      EXPECT_TRUE(is_hung_up(ec)) << ec;
      // What it was set to has come through it.
      const auto [closed, size] =
          co_await stream.next_layer().async_read_some(net::buffer(memory), as_result);
      EXPECT_EQ(closed, net::error::bad_descriptor);
    };
    run(hang_up(), synchronous());
  }
}

TEST_F(tls_ending, with_timeout_bounds_a_handshake_and_a_read_as_a_whole) {
  const auto client = [&]() -> net::awaitable<void> {
    tls_stream stream = co_await connect_tls();
    stream.next_layer().expires_never();
    std::array<char, 8> memory;
    const auto [ec, size] =
        co_await net::async_read(stream, net::buffer(memory), with_timeout(soon, as_result));
    EXPECT_EQ(ec, error::timeout);
    EXPECT_FALSE(stream.next_layer().socket().is_open());
  };
  run(accept_tls_and_be_silent(), client());
  context.restart();
  const auto no_handshake = [&]() -> net::awaitable<void> {
    tls_stream stream(co_await connect(), tls.client);
    stream.next_layer().expires_never();
    const auto [ec] =
        co_await stream.async_handshake(tls_stream::client, with_timeout(soon, as_result));
    EXPECT_EQ(ec, error::timeout);
  };
  run(accept_and_be_silent(), no_handshake());
}

TEST_F(tls_ending, with_timeout_bounds_the_reading_and_the_writing_of_http_messages) {
  const auto client = [&]() -> net::awaitable<void> {
    tcp_stream stream = co_await connect();
    stream.expires_never();
    beast::flat_buffer buffer;
    beast::http::response<beast::http::string_body> response;
    const auto [ec, size] =
        co_await beast::http::async_read(stream, buffer, response, with_timeout(soon, as_result));
    EXPECT_EQ(ec, error::timeout);
    EXPECT_EQ(ec, beast::condition::timeout);
    EXPECT_FALSE(stream.socket().is_open());
  };
  run(accept_and_be_silent(), client());
  context.restart();
  const auto writer = [&]() -> net::awaitable<void> {
    tcp_stream stream = co_await connect();
    stream.expires_never();
    beast::http::request<beast::http::string_body> request(beast::http::verb::post, "/", 11,
                                                           patterned(64 * one_megabyte));
    request.prepare_payload();
    const auto [ec, size] =
        co_await beast::http::async_write(stream, request, with_timeout(soon, as_result));
    EXPECT_EQ(ec, error::timeout);
  };
  tcp_stream not_reading(context);
  const auto accept_only = [&]() -> net::awaitable<void> { not_reading = co_await accept(); };
  run(accept_only(), writer());
}

}  // namespace
}  // namespace timed::tests::interop
