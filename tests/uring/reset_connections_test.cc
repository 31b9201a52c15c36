// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Connections that the peer resets before they are accepted. Linux reports them for few protocols,
// so the kernel of these tests does.

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>

#include "tests/uring/forwarding_kernel.h"
#include "tests/uring/support.h"

namespace timed::uring::tests {
namespace {

/// The kernel of this machine, but the first connection that it accepts was reset before.
class resetting_kernel final : public forwarding_kernel {
 public:
  int enter(io_uring& ring, unsigned to_submit, unsigned wait_for, unsigned flags,
            const void* argument, std::size_t size) override {
    const unsigned first = *ring.sq.khead;
    for (unsigned i = 0; i < to_submit; ++i) {
      const io_uring_sqe& entry = entry_at(ring, first + i);
      if (entry.opcode == IORING_OP_ACCEPT) accepts_.insert(entry.user_data);
    }
    const int result = real().enter(ring, to_submit, wait_for, flags, argument, size);
    const unsigned end = *ring.cq.ktail;
    for (unsigned i = *ring.cq.khead; i != end && !has_reset; ++i) {
      io_uring_cqe& completion = ring.cq.cqes[i & ring.cq.ring_mask];
      if (completion.res < 0 || !accepts_.contains(completion.user_data)) continue;
      ::close(completion.res);
      completion.res = -ECONNABORTED;
      has_reset = true;
    }
    return result;
  }

  bool has_reset = false;

 private:
  std::set<std::uint64_t> accepts_;
};

class reset_connections : public testing::Test {
 public:
  reset_connections() {
    clients[0].connect(listening.local_endpoint());
    clients[1].connect(listening.local_endpoint());
  }

  /// Accepts a connection.
  error_code accept() {
    std::optional<result> accepted;
    listening.async_accept(peer, store(accepted));
    context.restart();
    context.run_for(std::chrono::seconds(20));
    return accepted.value().ec;
  }

  resetting_kernel kernel;
  context_on context{kernel};
  unix_acceptor listening{context, unused_name()};
  unix_socket clients[2]{unix_socket(context), unix_socket(context)};
  unix_socket peer{context};
};

TEST_F(reset_connections, are_skipped) {
  EXPECT_EQ(accept(), error_code());
  EXPECT_TRUE(kernel.has_reset);
}

TEST_F(reset_connections, are_reported_to_those_who_ask_for_that) {
  listening.set_option(net::socket_base::enable_connection_aborted(true));
  EXPECT_EQ(accept(), net::error::connection_aborted);
  EXPECT_FALSE(peer.is_open());
  EXPECT_EQ(accept(), error_code());
  EXPECT_TRUE(peer.is_open());
}

}  // namespace
}  // namespace timed::uring::tests
