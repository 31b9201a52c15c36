// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The C++ blocks of the pages of docs/guide about Beast and TLS, compiled as they stand there, and
// called.

#undef NDEBUG

#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "tests/guide/connected_pair.h"
#include "tests/interop/certificate.h"
#include "timed/beast.h"
#include "timed/error.h"
#include "timed/socket_stream.h"
#include "timed/tcp_stream.h"
#include "timed/with_timeout.h"

namespace guide {
namespace {

namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using namespace std::chrono_literals;

namespace from_beast {
#include "tests/guide/from-beast.inc"
}
namespace beast {
#include "tests/guide/beast.inc"
}
namespace tls {
#include "tests/guide/tls.inc"
}

class guide_beast_page : public connected_pair {};

TEST_F(guide_beast_page, from_beast_reads_with_either_stream) {
  boost::beast::tcp_stream theirs(context.get_executor());
  theirs.connect(acceptor.local_endpoint());
  start(from_beast::reads_with_either(stream, theirs));
  run();
}

TEST_F(guide_beast_page, from_beast_takes_its_rate_policy) {
  from_beast::limited_stream limited(context);
  from_beast::limit(limited);
}

TEST_F(guide_beast_page, beast_reads_a_request_and_answers) {
  boost::beast::flat_buffer buffer;
  std::optional<http::request<http::string_body>> request;
  start(beast::read_request(stream, buffer), request);
  net::write(peer, net::buffer(std::string("POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody")));
  run();
  ASSERT_TRUE(request);
  EXPECT_EQ(request->target(), "/a");
  EXPECT_EQ(request->body(), "body");
  start(beast::write_answer(stream, "answer"));
  run();
  std::string answer(1000, '\0');
  answer.resize(peer.read_some(net::buffer(answer)));
  EXPECT_TRUE(answer.ends_with("\r\n\r\nanswer")) << answer;
}

TEST_F(guide_beast_page, beast_echoes_over_websocket) {
  auto server = beast::make_websocket(std::move(stream), boost::beast::role_type::server);
  auto client = beast::make_websocket(std::move(peer), boost::beast::role_type::client);
  std::string echoed;
  const auto talk = [&]() -> net::awaitable<void> {
    co_await client.async_handshake("localhost", "/", net::use_awaitable);
    co_await client.async_write(net::buffer("hello", 5), net::use_awaitable);
    boost::beast::flat_buffer buffer;
    co_await client.async_read(buffer, net::use_awaitable);
    echoed = boost::beast::buffers_to_string(buffer.data());
    co_await client.async_close(websocket::close_code::normal, net::use_awaitable);
  };
  start(beast::echo(server));
  start(talk());
  run();
  EXPECT_EQ(echoed, "hello");
}

TEST_F(guide_beast_page, tls_bounds_handshake_and_end) {
  timed::tests::interop::tls_contexts contexts;
  tls::tls_stream server(std::move(stream), contexts.server);
  tls::tls_stream client(std::move(peer), contexts.client);
  tls::verify(client, "localhost");
  std::optional<timed::error_code> at_server;
  std::optional<timed::error_code> at_client;
  start(tls::handshake(server, tls::tls_stream::server), at_server);
  start(tls::handshake(client, tls::tls_stream::client), at_client);
  run();
  EXPECT_EQ(at_server, timed::error_code());
  EXPECT_EQ(at_client, timed::error_code());
  std::string memory(100, '\0');
  std::optional<std::size_t> size;
  net::write(client, net::buffer("hello", 5));
  start(tls::read_some_tls(server, memory), size);
  run();
  EXPECT_EQ(size, 5u);
  at_server.reset();
  start(tls::end_tls(server), at_server);
  run();  // the client does not answer
  EXPECT_EQ(at_server, timed::error::timeout);
  EXPECT_FALSE(server.next_layer().socket().is_open());
}

TEST_F(guide_beast_page, tls_refuses_a_server_of_another_name) {
  timed::tests::interop::tls_contexts contexts;
  tls::tls_stream server(std::move(stream), contexts.server);
  tls::tls_stream client(std::move(peer), contexts.client);
  tls::verify(client, "example.com");
  std::optional<timed::error_code> at_server;
  std::optional<timed::error_code> at_client;
  start(tls::handshake(server, tls::tls_stream::server), at_server);
  start(tls::handshake(client, tls::tls_stream::client), at_client);
  run();
  ASSERT_TRUE(at_client.has_value());
  EXPECT_EQ(at_client->category(), net::error::get_ssl_category());
}

TEST_F(guide_beast_page, tls_handshake_with_a_silent_peer_times_out) {
  timed::tests::interop::tls_contexts contexts;
  tls::tls_stream server(std::move(stream), contexts.server);
  std::optional<timed::error_code> how;
  start(tls::handshake(server, tls::tls_stream::server), how);
  run();
  EXPECT_EQ(how, timed::error::timeout);
}

}  // namespace
}  // namespace guide
