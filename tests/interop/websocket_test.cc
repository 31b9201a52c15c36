// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Boost.Beast's WebSocket over the timed stream, and over TLS over the timed stream.

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "tests/interop/certificate.h"
#include "tests/interop/support.h"

namespace timed::tests::interop {
namespace {

namespace websocket = beast::websocket;
using tls_stream = net::ssl::stream<tcp_stream>;

template <class NextLayer>
class websocket_over : public loopback {
 public:
  static constexpr bool with_tls = std::is_same_v<NextLayer, tls_stream>;
  using stream_type = websocket::stream<NextLayer>;

  // The stream below a WebSocket on each side. With TLS, its handshake is done.
  net::awaitable<NextLayer> connect_next_layer() {
    if constexpr (with_tls) {
      tls_stream stream(co_await connect(), tls.client);
      co_await stream.async_handshake(tls_stream::client, net::use_awaitable);
      co_return stream;
    } else {
      co_return co_await connect();
    }
  }

  net::awaitable<NextLayer> accept_next_layer() {
    if constexpr (with_tls) {
      tls_stream stream(co_await accept(), tls.server);
      co_await stream.async_handshake(tls_stream::server, net::use_awaitable);
      co_return stream;
    } else {
      co_return co_await accept();
    }
  }

  net::awaitable<stream_type> connect_websocket() {
    stream_type stream(co_await connect_next_layer());
    // From here on WebSocket's own timeouts count, as Beast's documentation wants it.
    beast::get_lowest_layer(stream).expires_never();
    stream.set_option(websocket::stream_base::timeout::suggested(beast::role_type::client));
    co_await stream.async_handshake("localhost", "/", net::use_awaitable);
    co_return stream;
  }

  net::awaitable<stream_type> accept_websocket() {
    stream_type stream(co_await accept_next_layer());
    beast::get_lowest_layer(stream).expires_never();
    stream.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
    stream.read_message_max(2 * one_megabyte);
    co_await stream.async_accept(net::use_awaitable);
    co_return stream;
  }

  // Echoes messages until the client closes, for the `reason` that it gives.
  net::awaitable<void> echo() {
    stream_type stream = co_await accept_websocket();
    for (;;) {
      beast::flat_buffer buffer;
      const auto [ec, size] = co_await stream.async_read(buffer, as_result);
      if (ec) {
        EXPECT_EQ(ec, websocket::error::closed);
        break;
      }
      stream.text(stream.got_text());
      co_await stream.async_write(buffer.data(), net::use_awaitable);
    }
    reason = stream.reason();
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  }

  // Completes WebSocket's handshake, and then does nothing.
  net::awaitable<void> accept_websocket_and_be_silent() {
    stream_type stream = co_await accept_websocket();
    co_await be_silent(std::move(beast::get_lowest_layer(stream)));
  }

  tls_contexts tls;
  websocket::close_reason reason;
};

struct layer_names {
  template <class NextLayer>
  static std::string GetName(int) {
    return std::is_same_v<NextLayer, tls_stream> ? "tls" : "tcp";
  }
};

using every_layer = testing::Types<tcp_stream, tls_stream>;
TYPED_TEST_SUITE(websocket_over, every_layer, layer_names);

TYPED_TEST(websocket_over, echoes_text) {
  const auto client = [&]() -> net::awaitable<void> {
    auto stream = co_await this->connect_websocket();
    stream.text(true);
    for (int i = 0; i < 10; ++i) {
      const std::string message = "message " + std::to_string(i);
      co_await stream.async_write(net::buffer(message), net::use_awaitable);
      beast::flat_buffer buffer;
      co_await stream.async_read(buffer, net::use_awaitable);
      EXPECT_TRUE(stream.got_text());
      EXPECT_EQ(beast::buffers_to_string(buffer.data()), message);
    }
    co_await stream.async_close(websocket::close_code::normal, net::use_awaitable);
  };
  this->run(this->echo(), client());
}

TYPED_TEST(websocket_over, echoes_a_binary_message_of_one_megabyte) {
  const auto client = [&]() -> net::awaitable<void> {
    const std::string message = patterned(one_megabyte);
    auto stream = co_await this->connect_websocket();
    stream.binary(true);
    co_await stream.async_write(net::buffer(message), net::use_awaitable);
    beast::flat_buffer buffer;
    co_await stream.async_read(buffer, net::use_awaitable);
    EXPECT_TRUE(stream.got_binary());
    EXPECT_TRUE(beast::buffers_to_string(buffer.data()) == message);
    co_await stream.async_close(websocket::close_code::normal, net::use_awaitable);
  };
  this->run(this->echo(), client());
}

TYPED_TEST(websocket_over, close_handshake_tells_the_reason_and_tears_both_ends_down) {
  const auto client = [&]() -> net::awaitable<void> {
    auto stream = co_await this->connect_websocket();
    const auto [ec] =
        co_await stream.async_close({websocket::close_code::going_away, "bye"}, as_result);
    EXPECT_FALSE(ec) << ec.message();
    EXPECT_FALSE(stream.is_open());
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  };
  this->run(this->echo(), client());
  EXPECT_EQ(this->reason.code, websocket::close_code::going_away);
  EXPECT_EQ(this->reason.reason, "bye");
}

TYPED_TEST(websocket_over, close_handshake_can_be_begun_by_the_server) {
  const auto server = [&]() -> net::awaitable<void> {
    auto stream = co_await this->accept_websocket();
    const auto [ec] = co_await stream.async_close(websocket::close_code::normal, as_result);
    EXPECT_FALSE(ec) << ec.message();
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  };
  const auto client = [&]() -> net::awaitable<void> {
    auto stream = co_await this->connect_websocket();
    beast::flat_buffer buffer;
    const auto [ec, size] = co_await stream.async_read(buffer, as_result);
    EXPECT_EQ(ec, websocket::error::closed);
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  };
  this->run(server(), client());
}

TYPED_TEST(websocket_over, serves_a_synchronous_client_in_another_thread_and_closes) {
  this->start(this->echo());
  std::thread server([this] { this->run(); });
  {
    timed::backend::io_context own_context;
    auto stream = [&] {
      if constexpr (TestFixture::with_tls) {
        return websocket::stream<tls_stream>(own_context, this->tls.client);
      } else {
        return websocket::stream<tcp_stream>(own_context);
      }
    }();
    beast::get_lowest_layer(stream).connect(this->acceptor.local_endpoint());
    if constexpr (TestFixture::with_tls) stream.next_layer().handshake(tls_stream::client);
    stream.handshake("localhost", "/");
    const std::string message = patterned(one_megabyte);
    stream.binary(true);
    stream.write(net::buffer(message));
    beast::flat_buffer buffer;
    stream.read(buffer);
    EXPECT_TRUE(beast::buffers_to_string(buffer.data()) == message);
    error_code ec;
    stream.close(websocket::close_code::normal, ec);
    EXPECT_FALSE(ec) << ec.message();
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  }
  server.join();
  EXPECT_EQ(this->reason.code, websocket::close_code::normal);
}

TYPED_TEST(websocket_over, idle_timeout_closes_the_stream) {
  const auto client = [&]() -> net::awaitable<void> {
    auto stream = co_await this->connect_websocket();
    stream.set_option(websocket::stream_base::timeout{patience, soon, false});
    beast::flat_buffer buffer;
    const auto start = std::chrono::steady_clock::now();
    const auto [ec, size] = co_await stream.async_read(buffer, as_result);
    EXPECT_EQ(ec, beast::error::timeout);  // it is WebSocket's timer, not the stream's
    EXPECT_GE(std::chrono::steady_clock::now() - start, soon);
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  };
  this->run(this->accept_websocket_and_be_silent(), client());
}

TYPED_TEST(websocket_over, handshake_timeout_closes_the_stream) {
  const auto server = [&]() -> net::awaitable<void> {
    auto stream = co_await this->accept_next_layer();
    co_await this->be_silent(std::move(beast::get_lowest_layer(stream)));
  };
  const auto client = [&]() -> net::awaitable<void> {
    typename TestFixture::stream_type stream(co_await this->connect_next_layer());
    beast::get_lowest_layer(stream).expires_never();
    stream.set_option(websocket::stream_base::timeout{soon, patience, false});
    const auto [ec] = co_await stream.async_handshake("localhost", "/", as_result);
    EXPECT_EQ(ec, beast::error::timeout);
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  };
  this->run(server(), client());
}

TYPED_TEST(websocket_over, a_close_that_the_peer_does_not_answer_times_out_and_closes_the_stream) {
  const auto client = [&]() -> net::awaitable<void> {
    auto stream = co_await this->connect_websocket();
    stream.set_option(websocket::stream_base::timeout{soon, patience, false});
    const auto [ec] = co_await stream.async_close(websocket::close_code::normal, as_result);
    EXPECT_EQ(ec, beast::error::timeout);
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  };
  this->run(this->accept_websocket_and_be_silent(), client());
}

TYPED_TEST(websocket_over, the_streams_own_deadline_times_a_read_out) {
  const auto client = [&]() -> net::awaitable<void> {
    auto stream = co_await this->connect_websocket();
    stream.set_option(
        websocket::stream_base::timeout{patience, websocket::stream_base::none(), false});
    beast::get_lowest_layer(stream).expires_after(soon);
    beast::flat_buffer buffer;
    const auto [ec, size] = co_await stream.async_read(buffer, as_result);
    EXPECT_EQ(ec, timeout());
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  };
  this->run(this->accept_websocket_and_be_silent(), client());
}

}  // namespace
}  // namespace timed::tests::interop
