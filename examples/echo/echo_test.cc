// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <string>

#include "echo/echo.h"
#include "timed/backend.h"
#include "timed/error.h"

namespace {

namespace net = echo::net;
using namespace std::chrono_literals;

class echo_test : public testing::Test {
 public:
  static void SetUpTestSuite() {
    const std::string reason = timed::backend::unavailable_reason();
    if (reason.empty()) return;
    const char* required = std::getenv("TIMED_REQUIRE_IO_URING");
    if (required != nullptr && std::string(required) == "1") FAIL() << reason;
    GTEST_SKIP() << reason;
  }

  void start_server(std::chrono::milliseconds idle_timeout) {
    net::co_spawn(context, echo::serve(acceptor, idle_timeout), net::detached);
  }

  // Runs until the request has ended, then ends the server.
  void request(std::string message, std::chrono::milliseconds timeout) {
    net::co_spawn(context, echo::request(acceptor.local_endpoint(), std::move(message), timeout),
                  [this](std::exception_ptr exception, std::string text) {
                    thrown = exception;
                    answer = text;
                    acceptor.close();
                  });
    context.run();
  }

  timed::backend::io_context context;
  echo::tcp_acceptor acceptor{context, {net::ip::address_v4::loopback(), 0}};
  std::exception_ptr thrown;
  std::string answer;
};

TEST_F(echo_test, answers_with_what_it_was_sent) {
  start_server(20s);
  request(std::string(100000, 'e'), 20s);
  EXPECT_FALSE(thrown);
  EXPECT_EQ(answer, std::string(100000, 'e'));
}

TEST_F(echo_test, client_gives_up_on_a_server_that_does_not_answer) {
  request("hello", 50ms);  // the kernel accepts the connection, but no program serves it
  ASSERT_TRUE(thrown);
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& failure) {
    EXPECT_EQ(failure.code(), timed::error::timeout);
  }
}

TEST_F(echo_test, server_closes_a_connection_that_is_silent) {
  start_server(50ms);
  timed::tcp_stream::socket_type silent(context);
  silent.connect(acceptor.local_endpoint());
  std::array<char, 8> memory{};
  silent.async_read_some(net::buffer(memory), [this](auto error, auto) {
    EXPECT_EQ(error, net::error::eof);
    acceptor.close();
  });
  context.run();
}

}  // namespace
