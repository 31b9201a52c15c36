// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Connecting and accepting, alone and in coroutines.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/uring/support.h"
#include "timed/uring/basic_acceptor.h"
#include "timed/uring/basic_timer.h"

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;
using tcp = net::ip::tcp;

// However many connections are accepted ahead.
class acceptor : public testing::TestWithParam<std::size_t> {
 public:
  acceptor() { listening.multishot_accept(GetParam()); }

  io_context context;
  basic_acceptor<tcp> listening{context, {net::ip::address_v4::loopback(), 0}};
};

TEST_P(acceptor, accepts_into_sockets_and_makes_them) {
  tcp_socket client(context), other_client(context), third_client(context), peer(context);
  tcp::endpoint from;
  std::optional<result> connected, accepted;
  std::optional<tcp_socket> made;
  listening.async_accept(peer, from, store(accepted));
  listening.async_accept([&](error_code ec, tcp_socket socket) {
    EXPECT_EQ(ec, error_code());
    made.emplace(std::move(socket));
  });
  std::optional<basic_stream_socket<tcp, net::strand<net::any_io_executor>>> on_other;
  listening.async_accept(net::make_strand(listening.get_executor()),
                         [&](error_code, auto socket) { on_other.emplace(std::move(socket)); });
  client.async_connect(listening.local_endpoint(), store(connected));
  other_client.async_connect(listening.local_endpoint(), [](error_code) {});
  third_client.async_connect(listening.local_endpoint(), [](error_code) {});
  context.run();
  EXPECT_EQ(connected->ec, error_code());
  EXPECT_EQ(accepted->ec, error_code());
  EXPECT_EQ(from, client.local_endpoint());
  EXPECT_EQ(peer.remote_endpoint(), from);
  ASSERT_TRUE(made.has_value());
  EXPECT_TRUE(made->is_open());
  ASSERT_TRUE(on_other.has_value());
  EXPECT_TRUE(on_other->is_open());
}

TEST_P(acceptor, refuses_a_peer_that_is_open) {
  tcp_socket peer(context, tcp::v4());
  std::optional<result> accepted;
  listening.async_accept(peer, store(accepted));
  context.run();
  EXPECT_EQ(accepted->ec, net::error::already_open);
}

TEST_P(acceptor, stops_listening_when_it_is_closed) {
  const auto endpoint = listening.local_endpoint();
  std::optional<error_code> ended;
  listening.async_accept([&](error_code ec, tcp_socket) { ended = ec; });
  context.run_for(5ms);
  listening.close();
  tcp_socket client(context);
  error_code ec;
  client.connect(endpoint, ec);
  EXPECT_EQ(ec, net::error::connection_refused);
  context.restart();
  context.run();
  EXPECT_EQ(ended, net::error::operation_aborted);
  EXPECT_THROW(listening.accept(), boost::system::system_error);
}

TEST_P(acceptor, can_be_used_without_blocking) {
  listening.non_blocking(true);
  tcp_socket peer(context);
  error_code ec;
  listening.accept(peer, ec);
  EXPECT_EQ(ec, net::error::would_block);
  tcp_socket client(context);
  client.connect(listening.local_endpoint());
  listening.wait(net::socket_base::wait_read);
  listening.accept(peer, ec);
  EXPECT_EQ(ec, error_code());
}

TEST_P(acceptor, refuses_connects_when_it_is_closed) {
  const auto endpoint = listening.local_endpoint();
  listening.close();
  for (const bool is_non_blocking : {false, true}) {
    tcp_socket client(context, tcp::v4());
    client.native_non_blocking(is_non_blocking);
    std::optional<result> connected;
    client.async_connect(endpoint, store(connected));
    context.restart();
    context.run();
    EXPECT_EQ(connected->ec, net::error::connection_refused);
  }
}

TEST_P(acceptor, connects_natively_non_blocking_sockets) {
  tcp_socket client(context, tcp::v4());
  client.native_non_blocking(true);
  std::optional<result> connected;
  client.async_connect(listening.local_endpoint(), store(connected));
  context.run();
  EXPECT_EQ(connected->ec, error_code());
  tcp_socket peer = listening.accept();
  EXPECT_EQ(peer.remote_endpoint(), client.local_endpoint());
}

TEST_P(acceptor, does_not_answer_a_connect_that_is_cancelled) {
  ::listen(listening.native_handle(), 0);
  const tcp::endpoint full = listening.local_endpoint();
  std::vector<tcp_socket> fillers;
  for (int i = 0; i < 8; ++i) {
    fillers.emplace_back(context, tcp::v4()).native_non_blocking(true);
    ::connect(fillers.back().native_handle(), full.data(), static_cast<::socklen_t>(full.size()));
  }
  listening.wait(net::socket_base::wait_read);  // TCP may deliver a little later
  tcp_socket client(context);
  std::optional<result> connected;
  client.async_connect(listening.local_endpoint(), store(connected));
  context.run_for(20ms);
  ASSERT_FALSE(connected.has_value());
  client.cancel();
  context.restart();
  context.run();
  EXPECT_EQ(connected->ec, net::error::operation_aborted);
}

// What Asio's composed operations and coroutines make of it.

net::awaitable<void> echo(tcp_socket socket) {
  std::array<char, 4096> memory;
  for (;;) {
    error_code ec;
    const std::size_t bytes = co_await socket.async_read_some(
        net::buffer(memory), net::redirect_error(net::use_awaitable, ec));
    if (ec) co_return;
    co_await net::async_write(socket, net::buffer(memory.data(), bytes), net::use_awaitable);
  }
}

net::awaitable<void> serve(basic_acceptor<tcp>& listening, int count) {
  for (int i = 0; i < count; ++i) {
    auto socket = co_await listening.async_accept(net::use_awaitable);
    net::co_spawn(socket.get_executor(), echo(std::move(socket)), net::detached);
  }
}

net::awaitable<void> ask(tcp::endpoint to, int lines, int& answered) {
  using namespace net::experimental::awaitable_operators;
  tcp_socket socket(co_await net::this_coro::executor);
  co_await socket.async_connect(to, net::use_awaitable);
  std::string got;
  for (int i = 0; i < lines; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    co_await net::async_write(socket, net::buffer(line), net::use_awaitable);
    const std::size_t size =
        co_await net::async_read_until(socket, net::dynamic_buffer(got), '\n', net::use_awaitable);
    answered += got.substr(0, size) == line;
    got.erase(0, size);
  }
  std::array<char, 8> memory{};
  timed::uring::steady_timer timer(co_await net::this_coro::executor, 10ms);
  const auto first = co_await (socket.async_read_some(net::buffer(memory), net::use_awaitable) ||
                               timer.async_wait(net::use_awaitable));
  EXPECT_EQ(first.index(), 1U);
  const auto [ec, bytes] = co_await socket.async_read_some(
      net::buffer(memory), net::cancel_after(10ms, net::as_tuple(net::use_awaitable)));
  EXPECT_EQ(ec, net::error::operation_aborted);
  EXPECT_EQ(bytes, 0U);
}

TEST_P(acceptor, serves_coroutines) {
  constexpr int clients = 20, lines = 50;
  int answered = 0;
  net::co_spawn(context, serve(listening, clients), net::detached);
  for (int i = 0; i < clients; ++i) {
    net::co_spawn(context, ask(listening.local_endpoint(), lines, answered), net::detached);
  }
  context.run();
  EXPECT_EQ(answered, clients * lines);
}

// As Asio's sockets report it; the kernel says EAGAIN, and does not go on by itself.
TEST(socket_in_a_queue, is_refused_by_a_full_one_if_it_must_not_wait) {
  io_context context;
  const auto name = unused_name();
  unix_acceptor acceptor(context);
  acceptor.open();
  acceptor.bind(name);
  acceptor.listen(0);  // one more than that
  unix_socket first(context), second(context);
  first.connect(name);
  second.open();
  second.native_non_blocking(true);
  std::optional<error_code> connected;
  second.async_connect(name, [&](error_code ec) { connected = ec; });
  context.run_for(20s);
  ASSERT_TRUE(connected.has_value());
  EXPECT_EQ(*connected, net::error::no_buffer_space);
  error_code ec;
  second.connect(name, ec);
  EXPECT_EQ(ec, net::error::no_buffer_space);
  acceptor.accept();
  second.connect(name);
}

INSTANTIATE_TEST_SUITE_P(ahead, acceptor, testing::Values(0U, 1U, 100U),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace timed::uring::tests
