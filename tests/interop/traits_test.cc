// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What generic code finds out about the timed stream, and what it makes of it.

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffered_read_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/flat_stream.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <concepts>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include "tests/interop/support.h"

namespace timed::tests::interop {
namespace {

namespace http = beast::http;
namespace websocket = beast::websocket;
using tls_stream = net::ssl::stream<tcp_stream>;
using wss_stream = websocket::stream<tls_stream>;

static_assert(beast::is_sync_read_stream<tcp_stream>::value);
static_assert(beast::is_sync_write_stream<tcp_stream>::value);
static_assert(beast::is_sync_stream<tcp_stream>::value);
static_assert(beast::is_async_read_stream<tcp_stream>::value);
static_assert(beast::is_async_write_stream<tcp_stream>::value);
static_assert(beast::is_async_stream<tcp_stream>::value);
static_assert(beast::has_get_executor<tcp_stream>::value);
static_assert(std::same_as<beast::executor_type<tcp_stream>, net::any_io_executor>);

// The timed stream is the lowest layer of what is stacked on it, so that its deadlines can be set.
static_assert(std::same_as<beast::lowest_layer_type<tcp_stream>, tcp_stream>);
static_assert(std::same_as<beast::lowest_layer_type<tls_stream>, tcp_stream>);
static_assert(std::same_as<beast::lowest_layer_type<wss_stream>, tcp_stream>);
static_assert(std::same_as<beast::lowest_layer_type<beast::flat_stream<tls_stream>>, tcp_stream>);
static_assert(
    std::same_as<decltype(beast::get_lowest_layer(std::declval<wss_stream&>())), tcp_stream&>);
// For Asio it is the socket.
static_assert(std::same_as<tls_stream::lowest_layer_type, tcp_stream::socket_type>);

static_assert(beast::is_async_stream<tls_stream>::value &&
              beast::is_sync_stream<tls_stream>::value);

static_assert(std::same_as<tcp_stream::socket_type, backend::basic_stream_socket<net::ip::tcp>>);
static_assert(std::same_as<tcp_stream::protocol_type, net::ip::tcp>);
static_assert(std::same_as<tcp_stream::endpoint_type, net::ip::tcp::endpoint>);

// Moved but not copied; made from a context, an executor, or a socket, but not by conversion.
static_assert(std::move_constructible<tcp_stream> && !std::copy_constructible<tcp_stream>);
static_assert(std::constructible_from<tcp_stream, backend::io_context&>);
static_assert(std::constructible_from<tcp_stream, net::any_io_executor>);
static_assert(std::constructible_from<tcp_stream, net::strand<net::any_io_executor>>);
static_assert(std::constructible_from<tcp_stream, net::ip::tcp::socket>);
static_assert(!std::convertible_to<net::ip::tcp::socket, tcp_stream>);

// Another executor's stream has the same interface, and another name.
using strand_type = net::strand<backend::io_context::executor_type>;
using strand_stream = tcp_stream::rebind_executor<strand_type>::other;
static_assert(!std::same_as<strand_stream, tcp_stream>);
static_assert(std::same_as<beast::executor_type<strand_stream>, strand_type>);
static_assert(std::same_as<strand_stream::socket_type::executor_type, strand_type>);
static_assert(beast::is_sync_stream<strand_stream>::value &&
              beast::is_async_stream<strand_stream>::value);
static_assert(std::constructible_from<tcp_stream, strand_stream>);

using awaiting_stream = net::use_awaitable_t<>::as_default_on_t<tcp_stream>;
static_assert(beast::is_async_stream<awaiting_stream>::value);

class generic_code : public loopback {
 public:
  // Echoes `size` bytes.
  net::awaitable<void> echo(std::size_t size) {
    tcp_stream stream = co_await accept();
    std::string message(size, '\0');
    co_await net::async_read(stream, net::buffer(message), net::use_awaitable);
    co_await net::async_write(stream, net::buffer(message), net::use_awaitable);
  }
};

TEST_F(generic_code, reads_and_writes_through_a_stream_with_a_default_token) {
  const auto client = [&]() -> net::awaitable<void> {
    awaiting_stream stream(context);
    stream.expires_after(patience);
    co_await stream.async_connect(acceptor.local_endpoint());
    EXPECT_EQ(co_await stream.async_write_some(net::buffer("four", 4)), 4u);
    std::string answer(4, '\0');
    co_await net::async_read(stream, net::buffer(answer));
    EXPECT_EQ(answer, "four");
  };
  run(echo(4), client());
}

TEST_F(generic_code, turns_a_stream_into_one_with_a_default_token) {
  const auto client = [&]() -> net::awaitable<void> {
    auto stream = net::use_awaitable.as_default_on(co_await connect());
    stream.expires_after(patience);
    co_await net::async_write(stream, net::buffer("four", 4));
    std::string answer(4, '\0');
    co_await net::async_read(stream, net::buffer(answer));
    EXPECT_EQ(answer, "four");
  };
  run(echo(4), client());
}

TEST_F(generic_code, runs_a_stream_on_a_strand_of_a_known_type) {
  const auto client = [&]() -> net::awaitable<void> {
    strand_stream stream(net::make_strand(context));
    stream.expires_after(patience);
    co_await stream.async_connect(acceptor.local_endpoint(), net::use_awaitable);
    co_await net::async_write(stream, net::buffer("four", 4), net::use_awaitable);
    std::string answer(4, '\0');
    co_await net::async_read(stream, net::buffer(answer), net::use_awaitable);
    EXPECT_EQ(answer, "four");
  };
  run(echo(4), client());
}

// Sends a request over any AsyncStream and reads it again as it is echoed.
template <class Stream>
net::awaitable<void> exchange(Stream& stream) {
  const http::request<http::empty_body> sent(http::verb::get, "/", 11);
  co_await http::async_write(stream, sent, net::use_awaitable);
  beast::flat_buffer buffer;
  http::request<http::string_body> received;
  co_await http::async_read(stream, buffer, received, net::use_awaitable);
  EXPECT_EQ(received.target(), "/");
}

constexpr std::size_t request_size = sizeof("GET / HTTP/1.1\r\n\r\n") - 1;

TEST_F(generic_code, wraps_a_stream_in_buffered_read_stream) {
  const auto client = [&]() -> net::awaitable<void> {
    beast::buffered_read_stream<tcp_stream, beast::flat_buffer> stream(co_await connect());
    co_await exchange(stream);
  };
  run(echo(request_size), client());
}

TEST_F(generic_code, wraps_a_stream_in_flat_stream) {
  const auto client = [&]() -> net::awaitable<void> {
    beast::flat_stream<tcp_stream> stream(co_await connect());
    co_await exchange(stream);
  };
  run(echo(request_size), client());
}

TEST_F(generic_code, calls_a_handler_that_bind_front_handler_made) {
  class reader {
   public:
    void on_read(tcp_stream* stream, error_code ec, std::size_t size) {
      EXPECT_FALSE(ec) << ec.message();
      EXPECT_NE(stream, nullptr);
      size_ = size;
    }
    std::size_t size_ = 0;
  } reader;
  std::string memory(100, '\0');
  const auto client = [&]() -> net::awaitable<void> {
    tcp_stream stream = co_await connect();
    co_await net::async_write(stream, net::buffer("four", 4), net::use_awaitable);
    stream.async_read_some(net::buffer(memory),
                           beast::bind_front_handler(&reader::on_read, &reader, &stream));
    co_await stream.socket().async_wait(net::socket_base::wait_read, net::use_awaitable);
  };
  run(echo(4), client());
  EXPECT_EQ(reader.size_, 4u);
}

TEST_F(generic_code, reads_with_deferred_and_as_tuple) {
  const auto client = [&]() -> net::awaitable<void> {
    tcp_stream stream = co_await connect();
    co_await net::async_write(stream, net::buffer("four", 4), net::deferred);
    std::string answer(4, '\0');
    const auto [ec, size] =
        co_await net::async_read(stream, net::buffer(answer), net::as_tuple(net::deferred));
    EXPECT_FALSE(ec) << ec.message();
    EXPECT_EQ(size, 4u);
  };
  run(echo(4), client());
}

}  // namespace
}  // namespace timed::tests::interop
