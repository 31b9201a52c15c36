// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <optional>
#include <vector>

#include "tests/uring/forwarding_kernel.h"
#include "tests/uring/support.h"
#include "timed/uring/tcp_stream.h"

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;
using net::ip::tcp;

// Reports success for each connect, as Linux does for one that an ICMP error has ended.
class kernel_that_connects final : public forwarding_kernel {
 public:
  int enter(io_uring& ring, unsigned to_submit, unsigned wait_for, unsigned flags,
            const void* argument, std::size_t size) override {
    for (unsigned i = 0; i < to_submit; ++i) {
      io_uring_sqe& entry = entry_at(ring, *ring.sq.khead + i);
      if (entry.opcode == IORING_OP_CONNECT) connect(entry);
    }
    return real().enter(ring, to_submit, wait_for, flags, argument, size);
  }

 private:
  static void connect(io_uring_sqe& entry) {
    ::fcntl(entry.fd, F_SETFL, O_NONBLOCK);
    (void)::connect(entry.fd, reinterpret_cast<const ::sockaddr*>(entry.addr),
                    static_cast<::socklen_t>(entry.off));
    ::fcntl(entry.fd, F_SETFL, 0);
    const auto user_data = entry.user_data;
    ::io_uring_prep_nop(&entry);
    entry.user_data = user_data;
  }
};

class connect_outcome : public testing::Test {
 public:
  connect_outcome() {
    basic_acceptor<tcp> closed(context, {net::ip::address_v4::loopback(), 0});
    refusing = closed.local_endpoint();
  }

  kernel_that_connects kernel;
  context_on context{kernel};
  basic_acceptor<tcp> acceptor{context, {net::ip::address_v4::loopback(), 0}};
  tcp::endpoint refusing;
};

TEST_F(connect_outcome, is_the_socket_s_error_although_the_ring_reports_success) {
  tcp_socket socket(context);
  std::optional<result> done;
  socket.async_connect(refusing, store(done));
  context.run_for(20s);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, net::error::connection_refused);
}

TEST_F(connect_outcome, is_success_if_the_socket_has_no_error) {
  tcp_socket socket(context);
  std::optional<result> done;
  socket.async_connect(acceptor.local_endpoint(), store(done));
  context.run_for(20s);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(socket.remote_endpoint(), acceptor.local_endpoint());
}

TEST_F(connect_outcome, of_an_endpoint_that_refuses_has_a_range_go_on_with_the_next) {
  tcp_stream stream(context);
  std::optional<error_code> done;
  const std::vector<tcp::endpoint> endpoints = {refusing, acceptor.local_endpoint()};
  stream.expires_after(20s);
  stream.async_connect(endpoints, [&](error_code ec, const tcp::endpoint& connected) {
    done = ec;
    EXPECT_EQ(connected, endpoints.back());
  });
  context.run_for(20s);
  EXPECT_EQ(done, error_code());
}

}  // namespace
}  // namespace timed::uring::tests
