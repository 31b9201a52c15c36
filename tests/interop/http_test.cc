// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Boost.Beast's HTTP over the timed stream.

#include <gtest/gtest.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "tests/interop/support.h"
#include "tests/support/patterned.h"
#include "tests/support/threads.h"

namespace timed::tests::interop {
namespace {

namespace http = beast::http;
using request = http::request<http::string_body>;
using response = http::response<http::string_body>;

constexpr int http_1_1 = 11;

request get(std::string_view target) {
  request message(http::verb::get, target, http_1_1);
  message.set(http::field::host, "localhost");
  return message;
}

request post(std::string body) {
  request message(http::verb::post, "/echo", http_1_1, std::move(body));
  message.set(http::field::host, "localhost");
  message.prepare_payload();
  return message;
}

// Echoes a POST's body; answers a GET with its target.
response answer(request&& message) {
  response result(http::status::ok, message.version());
  result.keep_alive(message.keep_alive());
  result.body() = message.method() == http::verb::post ? std::move(message.body())
                                                       : std::string(message.target());
  result.prepare_payload();
  return result;
}

class http_over_timed_stream : public loopback {
 public:
  // Answers one client's requests until it has no more, or wants the connection closed.
  net::awaitable<void> serve() {
    tcp_stream stream = co_await accept();
    beast::flat_buffer buffer;
    for (;;) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(2 * one_megabyte);
      stream.expires_after(patience);
      const auto [ec, size] = co_await http::async_read(stream, buffer, parser, as_result);
      if (ec == http::error::end_of_stream) break;
      if (ec) throw boost::system::system_error(ec);
      const response message = answer(parser.release());
      co_await http::async_write(stream, message, net::use_awaitable);
      ++served;
      if (!message.keep_alive()) break;
    }
    stream.socket().shutdown(net::socket_base::shutdown_send);
  }

  int served = 0;
};

net::awaitable<response> ask(tcp_stream& stream, beast::flat_buffer& buffer, request message) {
  co_await http::async_write(stream, message, net::use_awaitable);
  http::response_parser<http::string_body> parser;
  co_await http::async_read(stream, buffer, parser, net::use_awaitable);
  co_return parser.release();
}

TEST_F(http_over_timed_stream, answers_a_get) {
  const auto client = [&]() -> net::awaitable<void> {
    tcp_stream stream = co_await connect();
    beast::flat_buffer buffer;
    const response message = co_await ask(stream, buffer, get("/some/where"));
    EXPECT_EQ(message.result(), http::status::ok);
    EXPECT_EQ(message.body(), "/some/where");
  };
  run(serve(), client());
  EXPECT_EQ(served, 1);
}

TEST_F(http_over_timed_stream, echoes_a_post_of_one_megabyte) {
  const auto client = [&]() -> net::awaitable<void> {
    const std::string body = patterned(one_megabyte);
    tcp_stream stream = co_await connect();
    beast::flat_buffer buffer;
    const response message = co_await ask(stream, buffer, post(body));
    EXPECT_TRUE(message.body() == body);
  };
  run(serve(), client());
}

TEST_F(http_over_timed_stream, keeps_a_connection_alive_for_several_requests) {
  const auto client = [&]() -> net::awaitable<void> {
    tcp_stream stream = co_await connect();
    beast::flat_buffer buffer;
    for (int i = 0; i < 10; ++i) {
      stream.expires_after(patience);
      const std::string target = "/" + std::to_string(i);
      EXPECT_EQ((co_await ask(stream, buffer, get(target))).body(), target);
    }
  };
  run(serve(), client());
  EXPECT_EQ(served, 10);
}

TEST_F(http_over_timed_stream, ends_when_the_client_asks_for_the_connection_to_be_closed) {
  const auto client = [&]() -> net::awaitable<void> {
    tcp_stream stream = co_await connect();
    beast::flat_buffer buffer;
    request last = get("/last");
    last.keep_alive(false);
    EXPECT_FALSE((co_await ask(stream, buffer, last)).keep_alive());
    response none;
    const auto [ec, size] = co_await http::async_read(stream, buffer, none, as_result);
    EXPECT_EQ(ec, http::error::end_of_stream);
  };
  run(serve(), client());
  EXPECT_EQ(served, 1);
}

TEST_F(http_over_timed_stream, serves_a_synchronous_client_in_another_thread) {
  start(serve());
  std::thread server([this] { run(); });
  {
    const std::string body = patterned(one_megabyte);
    timed::backend::io_context own_context;
    tcp_stream stream(own_context);
    stream.expires_after(patience);
    stream.connect(acceptor.local_endpoint());
    beast::flat_buffer buffer;
    http::write(stream, post(body));
    response message;
    http::read(stream, buffer, message);
    EXPECT_TRUE(message.body() == body);
    http::write(stream, get("/again"));
    response second;
    http::read(stream, buffer, second);
    EXPECT_EQ(second.body(), "/again");
  }
  server.join();
  EXPECT_EQ(served, 2);
}

TEST_F(http_over_timed_stream, reads_a_chunked_response) {
  const auto server = [&]() -> net::awaitable<void> {
    tcp_stream stream = co_await accept();
    beast::flat_buffer buffer;
    request message;
    co_await http::async_read(stream, buffer, message, net::use_awaitable);
    http::response<http::empty_body> head(http::status::ok, http_1_1);
    head.chunked(true);
    http::response_serializer<http::empty_body> serializer(head);
    co_await http::async_write_header(stream, serializer, net::use_awaitable);
    for (const std::string_view part : {"several ", "chunks, ", "one body"}) {
      stream.expires_after(patience);
      co_await net::async_write(stream, http::make_chunk(net::buffer(part)), net::use_awaitable);
    }
    co_await net::async_write(stream, http::make_chunk_last(), net::use_awaitable);
  };
  const auto client = [&]() -> net::awaitable<void> {
    tcp_stream stream = co_await connect();
    beast::flat_buffer buffer;
    const response message = co_await ask(stream, buffer, get("/"));
    EXPECT_TRUE(message.chunked());
    EXPECT_EQ(message.body(), "several chunks, one body");
  };
  run(server(), client());
}

// A client in the style of Beast's examples: each handler starts the next operation.
class callback_client : public std::enable_shared_from_this<callback_client> {
 public:
  explicit callback_client(net::any_io_executor executor) : stream_(std::move(executor)) {}

  void run(const net::ip::tcp::endpoint& server, request message) {
    request_ = std::move(message);
    parser_.body_limit(2 * one_megabyte);
    stream_.expires_after(patience);
    stream_.async_connect(
        server, beast::bind_front_handler(&callback_client::on_connect, shared_from_this()));
  }

  const std::string& body() const { return parser_.get().body(); }

 private:
  void on_connect(error_code ec) {
    ASSERT_FALSE(ec) << ec.message();
    stream_.expires_after(patience);
    http::async_write(stream_, request_,
                      beast::bind_front_handler(&callback_client::on_write, shared_from_this()));
  }

  void on_write(error_code ec, std::size_t) {
    ASSERT_FALSE(ec) << ec.message();
    http::async_read(stream_, buffer_, parser_,
                     beast::bind_front_handler(&callback_client::on_read, shared_from_this()));
  }

  void on_read(error_code ec, std::size_t) {
    ASSERT_FALSE(ec) << ec.message();
    stream_.socket().shutdown(net::socket_base::shutdown_both, ec);
    EXPECT_FALSE(ec) << ec.message();
  }

  tcp_stream stream_;
  beast::flat_buffer buffer_;
  request request_;
  http::response_parser<http::string_body> parser_;
};

// The same for a server's session.
class callback_session : public std::enable_shared_from_this<callback_session> {
 public:
  explicit callback_session(tcp_stream::socket_type socket) : stream_(std::move(socket)) {}

  // On the stream's executor, as a strand's would have to be.
  void run() {
    net::dispatch(stream_.get_executor(),
                  beast::bind_front_handler(&callback_session::read, shared_from_this()));
  }

 private:
  void read() {
    parser_.emplace();
    parser_->body_limit(2 * one_megabyte);
    stream_.expires_after(patience);
    http::async_read(stream_, buffer_, *parser_,
                     beast::bind_front_handler(&callback_session::on_read, shared_from_this()));
  }

  void on_read(error_code ec, std::size_t) {
    if (ec == http::error::end_of_stream) return stream_.close();
    ASSERT_FALSE(ec) << ec.message();
    answer_ = answer(parser_->release());
    http::async_write(stream_, answer_,
                      beast::bind_front_handler(&callback_session::on_write, shared_from_this()));
  }

  void on_write(error_code ec, std::size_t) {
    ASSERT_FALSE(ec) << ec.message();
    read();
  }

  tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  response answer_;
};

TEST_F(http_over_timed_stream, works_with_handlers_bound_to_members) {
  acceptor.async_accept([](error_code ec, tcp_stream::socket_type socket) {
    ASSERT_FALSE(ec) << ec.message();
    std::make_shared<callback_session>(std::move(socket))->run();
  });
  const std::string body = patterned(one_megabyte);
  const auto client = std::make_shared<callback_client>(context.get_executor());
  client->run(acceptor.local_endpoint(), post(body));
  run();
  EXPECT_TRUE(client->body() == body);
}

TEST_F(http_over_timed_stream, works_on_strands_with_several_threads) {
  acceptor.async_accept(net::make_strand(context), [](error_code ec, auto socket) {
    ASSERT_FALSE(ec) << ec.message();
    std::make_shared<callback_session>(std::move(socket))->run();
  });
  const std::string body = patterned(one_megabyte);
  const auto client = std::make_shared<callback_client>(net::make_strand(context));
  client->run(acceptor.local_endpoint(), post(body));
  runners(2, [this] { context.run_for(patience); }).join();
  EXPECT_TRUE(context.stopped()) << "something is still outstanding";
  EXPECT_TRUE(client->body() == body);
}

TEST_F(http_over_timed_stream, a_server_that_never_answers_times_the_client_out_and_closes_it) {
  const auto client = [&]() -> net::awaitable<void> {
    tcp_stream stream = co_await connect();
    beast::flat_buffer buffer;
    co_await http::async_write(stream, get("/"), net::use_awaitable);
    response message;
    const auto start = std::chrono::steady_clock::now();
    stream.expires_after(soon);
    const auto [ec, size] = co_await http::async_read(stream, buffer, message, as_result);
    EXPECT_EQ(ec, timeout());
    EXPECT_EQ(size, 0u);
    EXPECT_GE(std::chrono::steady_clock::now() - start, soon);
    EXPECT_FALSE(stream.socket().is_open());
  };
  run(accept_and_be_silent(), client());
}

TEST_F(http_over_timed_stream, a_response_that_stops_halfway_times_the_client_out) {
  const auto server = [&]() -> net::awaitable<void> {
    tcp_stream stream = co_await accept();
    beast::flat_buffer buffer;
    request message;
    co_await http::async_read(stream, buffer, message, net::use_awaitable);
    const std::string_view half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    co_await net::async_write(stream, net::buffer(half), net::use_awaitable);
    const auto [ec, size] = co_await http::async_read(stream, buffer, message, as_result);
    EXPECT_EQ(ec, http::error::end_of_stream);
  };
  const auto client = [&]() -> net::awaitable<void> {
    tcp_stream stream = co_await connect();
    beast::flat_buffer buffer;
    co_await http::async_write(stream, get("/"), net::use_awaitable);
    http::response_parser<http::string_body> parser;
    // The half comes in one piece with the header.
    co_await http::async_read_header(stream, buffer, parser, net::use_awaitable);
    stream.expires_after(soon);
    const auto [ec, size] = co_await http::async_read(stream, buffer, parser, as_result);
    EXPECT_EQ(ec, timeout());
    EXPECT_TRUE(parser.is_header_done());
    EXPECT_EQ(parser.get().body(), "half");
    EXPECT_FALSE(stream.socket().is_open());
  };
  run(server(), client());
}

TEST_F(http_over_timed_stream, a_client_that_does_not_read_times_the_server_out) {
  const auto server = [&]() -> net::awaitable<void> {
    tcp_stream stream = co_await accept();
    response endless(http::status::ok, http_1_1, std::string(64 * one_megabyte, 'x'));
    endless.prepare_payload();
    stream.expires_after(10 * soon);  // so that the first write is surely in time
    const auto [ec, size] = co_await http::async_write(stream, endless, as_result);
    EXPECT_EQ(ec, timeout());
    EXPECT_GT(size, 0u);
    EXPECT_FALSE(stream.socket().is_open());
    acceptor.close();
  };
  const auto client = [&]() -> net::awaitable<void> {
    const tcp_stream stream = co_await connect();
    const auto [ec, next] = co_await acceptor.async_accept(as_result);  // until the server is done
    EXPECT_EQ(ec, net::error::operation_aborted);
  };
  run(server(), client());
}

TEST_F(http_over_timed_stream, a_deadline_that_was_met_leaves_the_connection_alone) {
  const auto client = [&]() -> net::awaitable<void> {
    tcp_stream stream = co_await connect();
    beast::flat_buffer buffer;
    stream.expires_after(patience);
    co_await ask(stream, buffer, get("/in/time"));
    stream.expires_never();
    EXPECT_EQ((co_await ask(stream, buffer, get("/later"))).body(), "/later");
    EXPECT_TRUE(stream.socket().is_open());
  };
  run(serve(), client());
  EXPECT_EQ(served, 2);
}

}  // namespace
}  // namespace timed::tests::interop
