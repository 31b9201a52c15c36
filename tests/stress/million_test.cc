// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// 1,000 streams on strands, four threads, and a million timed operations of which some expire.
// Meant for the thread sanitizer; right without it, too.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <vector>

#include "tests/support/connected.h"
#include "tests/support/descriptors.h"
#include "tests/support/threads.h"

namespace timed::tests {
namespace {

using strand = net::strand<timed::backend::io_context::executor_type>;
using stream_type = unix_stream::rebind_executor<strand>::other;

// Writes a byte and reads one again and again, each with a deadline that does not pass; and now and
// then reads where nothing comes, with one that does. Two operations are outstanding at a time.
class session : public std::enable_shared_from_this<session> {
 public:
  static constexpr int rounds = 490;
  static constexpr int expiries = 20;  // 2 * 490 + 20 operations

  explicit session(timed::backend::io_context& context)
      : on_(net::make_strand(context)), stream_(on_), peer_(on_) {
    connect_sockets(stream_.socket(), peer_);
    stream_.on_timeout(timeout_action::cancel);
  }

  void start() {
    net::dispatch(on_, [self = shared_from_this()] { self->next(); });
  }

  // Not synchronised but by the strand, for the thread sanitizer to see.
  int succeeded = 0;
  int expired = 0;
  int others = 0;

 private:
  void count(error_code ec) { ++(!ec ? succeeded : ec == error::timeout ? expired : others); }

  void next() {
    if (expired < expiries && succeeded / 49 > expired) return read_until_expiry();
    if (succeeded == 2 * rounds) return;
    outstanding_ = 2;
    stream_.expires_after(10min);
    stream_.async_read_some(net::buffer(memory_),
                            [self = shared_from_this()](error_code ec, std::size_t) {
                              self->count(ec);
                              if (--self->outstanding_ == 0) self->next();
                            });
    stream_.expires_after(succeeded % 100 < 10 ? 1min : 10min);
    stream_.async_write_some(net::buffer("x", 1),
                             [self = shared_from_this()](error_code ec, std::size_t) {
                               self->count(ec);
                               self->answer();
                               if (--self->outstanding_ == 0) self->next();
                             });
  }

  void answer() {
    std::array<char, 8> memory;
    peer_.read_some(net::buffer(memory));
    peer_.write_some(net::buffer("y", 1));
  }

  void read_until_expiry() {
    stream_.expires_after(1ms);
    stream_.async_read_some(net::buffer(memory_),
                            [self = shared_from_this()](error_code ec, std::size_t) {
                              self->count(ec);
                              self->next();
                            });
  }

  strand on_;
  stream_type stream_;
  stream_type::socket_type peer_;
  std::array<char, 8> memory_{};
  int outstanding_ = 0;
};

TEST(a_million_operations, on_a_thousand_strands_and_four_threads_each_have_their_outcome) {
  constexpr int sessions_count = 1'000;
  ASSERT_GE(raise_descriptor_limit(), 2 * sessions_count + 64u) << "see ulimit -Hn";
  timed::backend::io_context context;
  std::vector<std::shared_ptr<session>> sessions;
  for (int i = 0; i < sessions_count; ++i) {
    sessions.push_back(std::make_shared<session>(context));
    sessions.back()->start();
  }
  runners(4, [&context] { context.run(); }).join();
  for (const auto& each : sessions) {
    EXPECT_EQ(each->succeeded, 2 * session::rounds);
    EXPECT_EQ(each->expired, session::expiries);
    EXPECT_EQ(each->others, 0);
  }
}

}  // namespace
}  // namespace timed::tests
