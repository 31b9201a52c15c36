// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What the tests of the guide's pages run on.

#ifndef TIMED_TESTS_GUIDE_CONNECTED_PAIR_H
#define TIMED_TESTS_GUIDE_CONNECTED_PAIR_H

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "timed/backend.h"
#include "timed/tcp_stream.h"

namespace guide {

namespace net = boost::asio;

/// A context, and a stream with its peer.
class connected_pair : public testing::Test {
 protected:
  void SetUp() override {
    stream.connect(acceptor.local_endpoint());
    acceptor.accept(peer.socket());
  }

  /// Starts a coroutine, and runs it as far as it goes without waiting.
  template <class T>
  void start(net::awaitable<T> coroutine, std::optional<T>& result) {
    net::co_spawn(context, std::move(coroutine), [&](std::exception_ptr thrown, T value) {
      if (thrown) std::rethrow_exception(thrown);
      result = std::move(value);
    });
    settle();
  }
  void start(net::awaitable<void> coroutine) {
    net::co_spawn(context, std::move(coroutine), [](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
    settle();
  }

  /// Lets come what is on its way.
  void settle() {
    settle_at_once();
    context.run_for(std::chrono::milliseconds(20));
    settle_at_once();  // if this thread was kept from it meanwhile
  }

  void settle_at_once() {
    do {
      context.restart();
    } while (context.poll() != 0);
    context.restart();
  }

  /// Runs the context until nothing is outstanding.
  void run() {
    context.restart();
    context.run_for(std::chrono::seconds(20));
    EXPECT_TRUE(context.stopped());
  }

  timed::backend::io_context context;
  timed::backend::basic_acceptor<net::ip::tcp> acceptor{context,
                                                        {net::ip::address_v4::loopback(), 0}};
  timed::tcp_stream stream{context};
  timed::tcp_stream peer{context};
};

}  // namespace guide

#endif  // TIMED_TESTS_GUIDE_CONNECTED_PAIR_H
