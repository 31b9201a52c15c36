// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Boost.Asio's TLS over the timed stream.

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <utility>

#include "tests/interop/certificate.h"
#include "tests/interop/support.h"
#include "tests/support/patterned.h"

namespace timed::tests::interop {
namespace {

using tls_stream = net::ssl::stream<tcp_stream>;

class tls_over_timed_stream : public loopback {
 public:
  net::awaitable<tls_stream> connect_tls() {
    tls_stream stream(co_await connect(), tls.client);
    co_await stream.async_handshake(tls_stream::client, net::use_awaitable);
    co_return stream;
  }

  net::awaitable<tls_stream> accept_tls() {
    tls_stream stream(co_await accept(), tls.server);
    co_await stream.async_handshake(tls_stream::server, net::use_awaitable);
    co_return stream;
  }

  // Sends back what comes, `size` bytes at a time, until the client shuts TLS down; then does too.
  net::awaitable<void> echo(std::size_t size) {
    tls_stream stream = co_await accept_tls();
    std::string message(size, '\0');
    for (;;) {
      const auto [ec, received] = co_await net::async_read(stream, net::buffer(message), as_result);
      if (ec) {
        EXPECT_EQ(ec, net::error::eof);
        break;
      }
      co_await net::async_write(stream, net::buffer(message), net::use_awaitable);
    }
    const auto [ec] = co_await stream.async_shutdown(as_result);
    EXPECT_FALSE(ec) << ec.message();
  }

  // Speaks TLS until the handshake is done, and then nothing at all.
  net::awaitable<void> accept_tls_and_be_silent() {
    tls_stream stream = co_await accept_tls();
    co_await be_silent(std::move(stream.next_layer()));
  }

  net::awaitable<void> exchange(std::size_t size, int times) {
    const std::string message = patterned(size);
    tls_stream stream = co_await connect_tls();
    for (int i = 0; i < times; ++i) {
      std::string answer(size, '\0');
      co_await net::async_write(stream, net::buffer(message), net::use_awaitable);
      co_await net::async_read(stream, net::buffer(answer), net::use_awaitable);
      EXPECT_TRUE(answer == message);
    }
    const auto [ec] = co_await stream.async_shutdown(as_result);
    EXPECT_FALSE(ec) << ec.message();
  }

  tls_contexts tls;
};

TEST_F(tls_over_timed_stream, echoes_64_bytes_many_times_and_shuts_down) {
  run(echo(64), exchange(64, 100));
}

TEST_F(tls_over_timed_stream, echoes_one_megabyte_and_shuts_down) {
  run(echo(one_megabyte), exchange(one_megabyte, 3));
}

TEST_F(tls_over_timed_stream, carries_one_megabyte_in_both_directions_at_once) {
  using namespace net::experimental::awaitable_operators;
  const std::string message = patterned(one_megabyte);
  const auto exchange = [&](auto& stream) -> net::awaitable<void> {
    std::string received(message.size(), '\0');
    co_await (net::async_write(stream, net::buffer(message), net::use_awaitable) &&
              net::async_read(stream, net::buffer(received), net::use_awaitable));
    EXPECT_TRUE(received == message);
  };
  const auto server = [&]() -> net::awaitable<void> {
    tls_stream stream = co_await accept_tls();
    co_await exchange(stream);
  };
  const auto client = [&]() -> net::awaitable<void> {
    tls_stream stream = co_await connect_tls();
    co_await exchange(stream);
  };
  run(server(), client());
}

TEST_F(tls_over_timed_stream, serves_a_synchronous_client_in_another_thread) {
  start(echo(one_megabyte));
  std::thread server([this] { run(); });
  {
    timed::backend::io_context own_context;
    tls_stream stream(own_context, tls.client);
    stream.next_layer().expires_after(patience);
    stream.next_layer().connect(acceptor.local_endpoint());
    stream.handshake(tls_stream::client);
    const std::string message = patterned(one_megabyte);
    std::string answer(message.size(), '\0');
    net::write(stream, net::buffer(message));
    net::read(stream, net::buffer(answer));
    EXPECT_TRUE(answer == message);
    error_code ec;
    stream.shutdown(ec);
    EXPECT_FALSE(ec) << ec.message();
  }
  server.join();
}

TEST_F(tls_over_timed_stream, a_handshake_with_a_silent_peer_times_out_and_closes) {
  const auto client = [&]() -> net::awaitable<void> {
    tls_stream stream(co_await connect(), tls.client);
    const auto start = std::chrono::steady_clock::now();
    stream.next_layer().expires_after(soon);
    const auto [ec] = co_await stream.async_handshake(tls_stream::client, as_result);
    EXPECT_EQ(ec, timeout());
    EXPECT_GE(std::chrono::steady_clock::now() - start, soon);
    EXPECT_FALSE(stream.next_layer().socket().is_open());
  };
  run(accept_and_be_silent(), client());
}

TEST_F(tls_over_timed_stream, a_servers_handshake_with_a_silent_client_times_out_and_closes) {
  const auto server = [&]() -> net::awaitable<void> {
    tls_stream stream(co_await accept(), tls.server);
    stream.next_layer().expires_after(soon);
    const auto [ec] = co_await stream.async_handshake(tls_stream::server, as_result);
    EXPECT_EQ(ec, timeout());
    EXPECT_FALSE(stream.next_layer().socket().is_open());
  };
  const auto client = [&]() -> net::awaitable<void> { co_await be_silent(co_await connect()); };
  run(server(), client());
}

TEST_F(tls_over_timed_stream, a_read_from_a_silent_peer_times_out_and_closes) {
  const auto client = [&]() -> net::awaitable<void> {
    tls_stream stream = co_await connect_tls();
    char byte = 0;
    stream.next_layer().expires_after(soon);
    const auto [ec, size] = co_await net::async_read(stream, net::buffer(&byte, 1), as_result);
    EXPECT_EQ(ec, timeout());
    EXPECT_FALSE(stream.next_layer().socket().is_open());
  };
  run(accept_tls_and_be_silent(), client());
}

TEST_F(tls_over_timed_stream, a_shutdown_that_the_peer_does_not_answer_times_out_and_closes) {
  const auto client = [&]() -> net::awaitable<void> {
    tls_stream stream = co_await connect_tls();
    stream.next_layer().expires_after(soon);
    const auto [ec] = co_await stream.async_shutdown(as_result);
    EXPECT_EQ(ec, timeout());
    EXPECT_FALSE(stream.next_layer().socket().is_open());
  };
  run(accept_tls_and_be_silent(), client());
}

TEST_F(tls_over_timed_stream, a_peer_that_hangs_up_without_shutdown_differs_from_a_timeout) {
  const auto server = [&]() -> net::awaitable<void> {
    tls_stream stream = co_await accept_tls();
    stream.next_layer().socket().shutdown(net::socket_base::shutdown_send);
    co_await be_silent(std::move(stream.next_layer()));
  };
  const auto client = [&]() -> net::awaitable<void> {
    tls_stream stream = co_await connect_tls();
    char byte = 0;
    const auto [ec, size] = co_await net::async_read(stream, net::buffer(&byte, 1), as_result);
    EXPECT_EQ(ec, net::ssl::error::stream_truncated);
  };
  run(server(), client());
}

TEST_F(tls_over_timed_stream, a_certificate_that_is_not_trusted_ends_the_handshake) {
  const auto server = [&]() -> net::awaitable<void> {
    tls_stream stream(co_await accept(), tls.server);
    const auto [ec] = co_await stream.async_handshake(tls_stream::server, as_result);
    EXPECT_TRUE(ec);
    EXPECT_NE(ec, timeout());
  };
  const auto client = [&]() -> net::awaitable<void> {
    tls_contexts others;
    tls_stream stream(co_await connect(), others.client);
    const auto [ec] = co_await stream.async_handshake(tls_stream::client, as_result);
    EXPECT_EQ(ec.category(), net::error::get_ssl_category()) << ec.message();
  };
  run(server(), client());
}

}  // namespace
}  // namespace timed::tests::interop
