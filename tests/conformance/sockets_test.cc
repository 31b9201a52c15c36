// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What programs do with the sockets and acceptors of a backend, beside the streams.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/connected.h"
#include "tests/support/open_descriptors.h"

namespace timed::tests {
namespace {

using net::ip::tcp;

template <class Stream>
class socket_of : public connected<Stream> {};
TYPED_TEST_SUITE(socket_of, every_stream, protocol_names);

// In a handler behind which another one is ready. (Asio's io_uring does not: the write is still in
// its queue.)
TYPED_TEST(socket_of, a_stream_is_shut_down_behind_what_was_written) {
  if (backend::name() == "io_uring") GTEST_SKIP() << "Asio's io_uring shuts down first";
  std::optional<result> written;
  net::post(this->context, [&] {
    net::post(this->context, [] {});
    this->stream.async_write_some(net::buffer("farewell", 8), store(written));
    this->stream.socket().shutdown(net::socket_base::shutdown_send);
  });
  this->run_to_end();
  ASSERT_TRUE(written.has_value());
  EXPECT_EQ(written->ec, error_code());
  EXPECT_EQ(written->bytes, 8u);
  std::array<char, 16> got{};
  EXPECT_EQ(::recv(this->peer.native_handle(), got.data(), got.size(), 0), 8);
  EXPECT_EQ(::recv(this->peer.native_handle(), got.data(), got.size(), 0), 0);
}

TYPED_TEST(socket_of, a_stream_that_is_non_blocking_does_not_wait) {
  auto& socket = this->stream.socket();
  socket.non_blocking(true);
  error_code ec;
  socket.wait(net::socket_base::wait_read, ec);
  EXPECT_EQ(ec, net::error::would_block);
  socket.wait(net::socket_base::wait_error, ec);
  EXPECT_EQ(ec, net::error::would_block);
  socket.wait(net::socket_base::wait_write, ec);
  EXPECT_EQ(ec, error_code());
  this->peer.write_some(net::buffer("x", 1));
  EXPECT_TRUE(await_readable(socket.native_handle()));
  socket.wait(net::socket_base::wait_read, ec);
  EXPECT_EQ(ec, error_code());
}

TYPED_TEST(socket_of, a_stream_is_not_assigned_a_number_that_is_no_open_descriptor) {
  if (backend::name() == "io_uring") GTEST_SKIP() << "Asio's io_uring takes any number";
  using socket_type = typename TypeParam::socket_type;
  const int closed = ::dup(this->peer.native_handle());
  ::close(closed);
  for (const int number : {-1, closed}) {
    socket_type socket(this->context);
    error_code ec;
    socket.assign(typename TypeParam::protocol_type(this->peer.local_endpoint().protocol()), number,
                  ec);
    EXPECT_EQ(ec, net::error::bad_descriptor);
    EXPECT_FALSE(socket.is_open());
  }
}

// The mode is for reads, writes, accepts and waits: a synchronous connect waits in any case.
TEST(tcp_socket, that_is_non_blocking_connects_nevertheless) {
  timed::backend::io_context context;
  tcp_acceptor listening(context, {net::ip::address_v4::loopback(), 0});
  for (const bool natively : {false, true}) {
    tcp_socket client(context);
    client.open(net::ip::tcp::v4());
    client.non_blocking(true);
    if (natively) client.native_non_blocking(true);
    error_code ec;
    client.connect(listening.local_endpoint(), ec);
    EXPECT_EQ(ec, error_code());
    EXPECT_EQ(client.remote_endpoint(), listening.local_endpoint());
  }
}

TEST(pair_of_sockets, is_not_made_of_open_sockets_or_of_one) {
  timed::backend::io_context context;
  using unix_socket = timed::backend::basic_stream_socket<net::local::stream_protocol>;
  unix_socket a(context), b(context), closed(context);
  timed::backend::connect_pair(a, b);
  const auto before = open_descriptors();
  error_code ec;
  timed::backend::connect_pair(a, closed, ec);
  EXPECT_EQ(ec, net::error::already_open);
  timed::backend::connect_pair(closed, a, ec);
  EXPECT_EQ(ec, net::error::already_open);
  timed::backend::connect_pair(closed, closed, ec);
  EXPECT_EQ(ec, net::error::already_open);
  EXPECT_FALSE(closed.is_open());
  EXPECT_TRUE(a.is_open());
  EXPECT_EQ(open_descriptors(), before);
}

class acceptor : public testing::Test {
 public:
  timed::backend::io_context context;
  tcp_acceptor listening{context, {net::ip::address_v4::loopback(), 0}};
  error_code ec;
};

TEST_F(acceptor, that_is_non_blocking_does_not_wait) {
  listening.non_blocking(true);
  tcp_socket none(context);
  listening.accept(none, ec);
  EXPECT_EQ(ec, net::error::would_block);
  listening.wait(net::socket_base::wait_read, ec);
  EXPECT_EQ(ec, net::error::would_block);
  tcp_socket client(context);
  client.connect(listening.local_endpoint());
  EXPECT_TRUE(await_readable(listening.native_handle()));
  listening.wait(net::socket_base::wait_read, ec);
  EXPECT_EQ(ec, error_code());
  listening.accept(none, ec);
  EXPECT_EQ(ec, error_code());
  EXPECT_TRUE(none.is_open());
}

// accept4(2) has no flag for that, and what poll(2) has found another process may have taken.
TEST_F(acceptor, that_is_non_blocking_makes_the_file_so_too) {
  listening.non_blocking(true);
  tcp_socket none(context);
  listening.accept(none, ec);
  EXPECT_NE(::fcntl(listening.native_handle(), F_GETFL, 0) & O_NONBLOCK, 0);
}

// Whichever of them takes a connection, the others go on.
TEST_F(acceptor, that_is_non_blocking_does_not_wait_though_other_processes_accept_there) {
  constexpr int connections = 500;
  std::vector<std::unique_ptr<child_process>> children;
  std::array<int, 2> ends{};  // the other end is closed when the children are to stop
  ASSERT_EQ(::pipe(ends.data()), 0);
  for (int i = 0; i < 3; ++i) {
    children.push_back(std::make_unique<child_process>([&] {
      ::alarm(200);  // which kills it, if it waits
      ::close(ends[1]);
      timed::backend::io_context own;
      tcp_acceptor shared(own);
      shared.assign(tcp::v4(), ::dup(listening.native_handle()));
      shared.non_blocking(true);
      ::pollfd stop{.fd = ends[0], .events = POLLIN, .revents = 0};
      while (::poll(&stop, 1, 0) == 0) {
        error_code refused;
        tcp_socket incoming(own);
        shared.accept(incoming, refused);
        if (refused && refused != net::error::would_block) return 1;
      }
      return 0;
    }));
  }
  for (int i = 0; i < connections; ++i) {
    tcp_socket client(context);
    client.connect(listening.local_endpoint());
    char none;
    EXPECT_EQ(::recv(client.native_handle(), &none, 1, 0), 0);  // accepted, and closed
  }
  ::close(ends[0]);
  ::close(ends[1]);
  for (auto& each : children) EXPECT_EQ(each->wait(), 0);
}

TEST_F(acceptor, knows_whether_it_reports_connections_that_were_reset) {
  net::socket_base::enable_connection_aborted option;
  listening.get_option(option, ec);
  EXPECT_EQ(ec, error_code());
  EXPECT_FALSE(option.value());
  listening.set_option(net::socket_base::enable_connection_aborted(true), ec);
  EXPECT_EQ(ec, error_code());
  listening.get_option(option, ec);
  EXPECT_TRUE(option.value());
}

}  // namespace
}  // namespace timed::tests
