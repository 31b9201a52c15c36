// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Acceptors with a multishot accept, and their clients.

#ifndef TIMED_TESTS_URING_MULTISHOT_ACCEPT_H
#define TIMED_TESTS_URING_MULTISHOT_ACCEPT_H

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <cstddef>
#include <numeric>
#include <vector>

#include "tests/uring/counting_kernel.h"
#include "tests/uring/support.h"

namespace timed::uring::tests {

/// A context, and another one for what is no concern of its own.
struct two_contexts {
  counting_kernel kernel;
  context_on context{kernel};
  io_context elsewhere;
};

/// An acceptor, and clients that tell their numbers when they have connected.
class server {
 public:
  server(io_context& context, io_context& of_clients)
      : listening(context, unused_name()), of_clients_(of_clients) {}

  void connect(int count = 1) {
    for (; count > 0; --count) {
      const auto number = static_cast<unsigned char>(clients.size());
      clients.emplace_back(of_clients_).connect(listening.local_endpoint());
      clients.back().write_some(net::buffer(&number, 1));
    }
  }

  /// Accepts so many, one after the other.
  void accept(int count = 1) {
    if (count == 0) return;
    listening.async_accept([this, count](error_code ec, unix_socket peer) {
      ASSERT_EQ(ec, error_code());
      welcome(peer);
      accept(count - 1);
    });
  }

  void welcome(unix_socket& peer) {
    unsigned char number = 0;
    peer.read_some(net::buffer(&number, 1));
    accepted.push_back(number);
  }

  /// All that have connected have been accepted, in their order.
  void expect_all() const {
    std::vector<int> all(clients.size());
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(accepted, all);
  }

  /// Whether the clients from this one on see that their connections are closed, at once or soon.
  bool are_closed(std::size_t from, std::chrono::milliseconds soon = {}) const {
    EXPECT_LT(from, clients.size());
    return std::all_of(clients.begin() + static_cast<std::ptrdiff_t>(from), clients.end(),
                       [soon](const unix_socket& each) {
                         ::pollfd end{
                             .fd = each.native_handle(), .events = POLLRDHUP, .revents = 0};
                         return ::poll(&end, 1, static_cast<int>(soon.count())) == 1;
                       });
  }

  unix_acceptor listening;
  std::vector<unix_socket> clients;
  std::vector<int> accepted;

 private:
  io_context& of_clients_;
};

/// An acceptor that stores up to ten connections, in a context that the test runs.
class multishot_accept : public testing::Test, public two_contexts, public server {
 public:
  multishot_accept() : server(context, elsewhere) { listening.multishot_accept(10); }

  /// Runs the context until it has nothing to do.
  void run() {
    context.restart();
    context.run_for(std::chrono::seconds(20));
    ASSERT_TRUE(context.stopped()) << "something is still outstanding";
  }

  /// Has the kernel tell what there is.
  void turn() {
    const auto work = net::make_work_guard(context);
    context.restart();
    context.poll();
  }

  /// One is accepted, which begins the multishot accept.
  void begin() {
    connect();
    accept();
    run();
    ASSERT_EQ(accepted.size(), 1U);
  }

  /// The same, and so many others are kept.
  void keep(int count) {
    begin();
    const auto before = open_descriptors();
    connect(count);
    turn();
    ASSERT_EQ(open_descriptors(), before + 2 * count);
  }

  /// But for the clients, nothing is open that was not.
  void expect_closed(std::ptrdiff_t open_before) {
    EXPECT_TRUE(are_closed(0));
    clients.clear();
    EXPECT_EQ(open_descriptors(), open_before);
  }
};

}  // namespace timed::uring::tests

#endif  // TIMED_TESTS_URING_MULTISHOT_ACCEPT_H
