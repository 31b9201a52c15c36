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
#include <utility>

#include "tests/interop/certificate.h"
#include "tests/interop/support.h"
#include "tests/support/patterned.h"

namespace timed::tests::interop {
namespace {

namespace websocket = beast::websocket;
using tls_stream = net::ssl::stream<tcp_stream>;

// The layer below, which BUILD picks: one program each, as together they are slow to compile.
#ifdef TIMED_TESTS_WEBSOCKET_OVER_TLS

using next_layer = tls_stream;

class layers : public loopback {
 public:
  // The stream below a WebSocket on each side, after its own handshake.
  net::awaitable<next_layer> connect_next_layer() {
    tls_stream stream(co_await connect(), tls.client);
    co_await stream.async_handshake(tls_stream::client, net::use_awaitable);
    co_return stream;
  }

  net::awaitable<next_layer> accept_next_layer() {
    tls_stream stream(co_await accept(), tls.server);
    co_await stream.async_handshake(tls_stream::server, net::use_awaitable);
    co_return stream;
  }

  next_layer connect_synchronously(backend::io_context& own_context) {
    tls_stream stream(own_context, tls.client);
    stream.next_layer().connect(acceptor.local_endpoint());
    stream.handshake(tls_stream::client);
    return stream;
  }

  tls_contexts tls;
};

#else

using next_layer = tcp_stream;

class layers : public loopback {
 public:
  net::awaitable<next_layer> connect_next_layer() { return connect(); }

  net::awaitable<next_layer> accept_next_layer() { return accept(); }

  next_layer connect_synchronously(backend::io_context& own_context) {
    tcp_stream stream(own_context);
    stream.connect(acceptor.local_endpoint());
    return stream;
  }
};

#endif

using websocket_stream = websocket::stream<next_layer, false>;  // without compression

// Each operation of WebSocket has one kind of completion token here, as each kind takes long to
// compile.
class websocket_over_timed_stream : public layers {
 public:
  net::awaitable<websocket_stream> connect_websocket() {
    websocket_stream stream(co_await connect_next_layer());
    // From here on WebSocket's own timeouts count, as Beast's documentation wants it.
    beast::get_lowest_layer(stream).expires_never();
    stream.set_option(websocket::stream_base::timeout::suggested(beast::role_type::client));
    const auto [ec] = co_await stream.async_handshake("localhost", "/", as_result);
    EXPECT_FALSE(ec) << ec.message();
    co_return stream;
  }

  net::awaitable<websocket_stream> accept_websocket() {
    websocket_stream stream(co_await accept_next_layer());
    beast::get_lowest_layer(stream).expires_never();
    stream.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
    stream.read_message_max(2 * one_megabyte);
    const auto [ec] = co_await stream.async_accept(as_result);
    EXPECT_FALSE(ec) << ec.message();
    co_return stream;
  }

  net::awaitable<void> write(websocket_stream& stream, net::const_buffer message) {
    const auto [ec, size] = co_await stream.async_write(message, as_result);
    EXPECT_FALSE(ec) << ec.message();
    EXPECT_EQ(size, message.size());
  }

  net::awaitable<std::string> read(websocket_stream& stream) {
    beast::flat_buffer buffer;
    const auto [ec, size] = co_await stream.async_read(buffer, as_result);
    EXPECT_FALSE(ec) << ec.message();
    co_return beast::buffers_to_string(buffer.data());
  }

  net::awaitable<void> close(websocket_stream& stream) {
    const auto [ec] = co_await stream.async_close(websocket::close_code::normal, as_result);
    EXPECT_FALSE(ec) << ec.message();
  }

  // Echoes messages until the client closes, for the `reason` that it gives.
  net::awaitable<void> echo() {
    websocket_stream stream = co_await accept_websocket();
    for (;;) {
      beast::flat_buffer buffer;
      const auto [ec, size] = co_await stream.async_read(buffer, as_result);
      if (ec) {
        EXPECT_EQ(ec, websocket::error::closed);
        break;
      }
      stream.text(stream.got_text());
      co_await write(stream, buffer.data());
    }
    reason = stream.reason();
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  }

  // Completes WebSocket's handshake, and then does nothing.
  net::awaitable<void> accept_websocket_and_be_silent() {
    websocket_stream stream = co_await accept_websocket();
    co_await be_silent(std::move(beast::get_lowest_layer(stream)));
  }

  websocket::close_reason reason;
};

TEST_F(websocket_over_timed_stream, echoes_text) {
  const auto client = [&]() -> net::awaitable<void> {
    auto stream = co_await connect_websocket();
    stream.text(true);
    for (int i = 0; i < 10; ++i) {
      const std::string message = "message " + std::to_string(i);
      co_await write(stream, net::buffer(message));
      EXPECT_EQ(co_await read(stream), message);
      EXPECT_TRUE(stream.got_text());
    }
    co_await close(stream);
  };
  run(echo(), client());
}

TEST_F(websocket_over_timed_stream, echoes_a_binary_message_of_one_megabyte) {
  const auto client = [&]() -> net::awaitable<void> {
    const std::string message = patterned(one_megabyte);
    auto stream = co_await connect_websocket();
    stream.binary(true);
    co_await write(stream, net::buffer(message));
    EXPECT_TRUE(co_await read(stream) == message);
    EXPECT_TRUE(stream.got_binary());
    co_await close(stream);
  };
  run(echo(), client());
}

TEST_F(websocket_over_timed_stream, close_handshake_tells_the_reason_and_tears_both_ends_down) {
  const auto client = [&]() -> net::awaitable<void> {
    auto stream = co_await connect_websocket();
    const auto [ec] =
        co_await stream.async_close({websocket::close_code::going_away, "bye"}, as_result);
    EXPECT_FALSE(ec) << ec.message();
    EXPECT_FALSE(stream.is_open());
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  };
  run(echo(), client());
  EXPECT_EQ(reason.code, websocket::close_code::going_away);
  EXPECT_EQ(reason.reason, "bye");
}

TEST_F(websocket_over_timed_stream, close_handshake_can_be_begun_by_the_server) {
  const auto server = [&]() -> net::awaitable<void> {
    auto stream = co_await accept_websocket();
    co_await close(stream);
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  };
  const auto client = [&]() -> net::awaitable<void> {
    auto stream = co_await connect_websocket();
    beast::flat_buffer buffer;
    const auto [ec, size] = co_await stream.async_read(buffer, as_result);
    EXPECT_EQ(ec, websocket::error::closed);
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  };
  run(server(), client());
}

TEST_F(websocket_over_timed_stream, serves_a_synchronous_client_in_another_thread_and_closes) {
  start(echo());
  std::thread server([this] { run(); });
  {
    timed::backend::io_context own_context;
    websocket_stream stream(connect_synchronously(own_context));
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
  EXPECT_EQ(reason.code, websocket::close_code::normal);
}

TEST_F(websocket_over_timed_stream, idle_timeout_closes_the_stream) {
  const auto client = [&]() -> net::awaitable<void> {
    auto stream = co_await connect_websocket();
    const auto start = std::chrono::steady_clock::now();
    stream.set_option(websocket::stream_base::timeout{patience, soon, false});
    beast::flat_buffer buffer;
    const auto [ec, size] = co_await stream.async_read(buffer, as_result);
    EXPECT_EQ(ec, beast::error::timeout);  // it is WebSocket's timer, not the stream's
    EXPECT_GE(std::chrono::steady_clock::now() - start, soon);
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  };
  run(accept_websocket_and_be_silent(), client());
}

TEST_F(websocket_over_timed_stream, handshake_timeout_closes_the_stream) {
  const auto server = [&]() -> net::awaitable<void> {
    auto stream = co_await accept_next_layer();
    co_await be_silent(std::move(beast::get_lowest_layer(stream)));
  };
  const auto client = [&]() -> net::awaitable<void> {
    websocket_stream stream(co_await connect_next_layer());
    beast::get_lowest_layer(stream).expires_never();
    stream.set_option(websocket::stream_base::timeout{soon, patience, false});
    const auto [ec] = co_await stream.async_handshake("localhost", "/", as_result);
    EXPECT_EQ(ec, beast::error::timeout);
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  };
  run(server(), client());
}

TEST_F(websocket_over_timed_stream,
       a_close_that_the_peer_does_not_answer_times_out_and_closes_the_stream) {
  const auto client = [&]() -> net::awaitable<void> {
    auto stream = co_await connect_websocket();
    stream.set_option(websocket::stream_base::timeout{soon, patience, false});
    const auto [ec] = co_await stream.async_close(websocket::close_code::normal, as_result);
    EXPECT_EQ(ec, beast::error::timeout);
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  };
  run(accept_websocket_and_be_silent(), client());
}

TEST_F(websocket_over_timed_stream, the_streams_own_deadline_times_a_read_out) {
  const auto client = [&]() -> net::awaitable<void> {
    auto stream = co_await connect_websocket();
    stream.set_option(
        websocket::stream_base::timeout{patience, websocket::stream_base::none(), false});
    beast::get_lowest_layer(stream).expires_after(soon);
    beast::flat_buffer buffer;
    const auto [ec, size] = co_await stream.async_read(buffer, as_result);
    EXPECT_EQ(ec, timeout());
    EXPECT_FALSE(beast::get_lowest_layer(stream).socket().is_open());
  };
  run(accept_websocket_and_be_silent(), client());
}

}  // namespace
}  // namespace timed::tests::interop
