// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/connected.h"
#include "tests/support/endpoints.h"
#include "tests/support/full_listener.h"
#include "timed/manual_clock.h"

namespace timed::tests {
namespace {

using steady = std::chrono::steady_clock;
using net::ip::tcp;

template <class Stream>
class sync : public connected<Stream> {
 public:
  std::array<char, 64> memory{};
  error_code ec;
};
TYPED_TEST_SUITE(sync, every_stream, protocol_names);

TYPED_TEST(sync, reads_and_writes_ignore_the_deadline_by_default) {
  this->stream.expires_at(steady::now());
  EXPECT_EQ(this->stream.write_some(net::buffer("abc", 3)), 3u);
  EXPECT_EQ(this->peer.read_some(net::buffer(this->memory)), 3u);
  this->peer.write_some(net::buffer("abcd", 4));
  EXPECT_EQ(this->stream.read_some(net::buffer(this->memory)), 4u);
}

TYPED_TEST(sync, reads_and_writes_transfer_what_they_report) {
  this->stream.sync_deadlines(true);
  this->stream.expires_after(20s);
  EXPECT_EQ(this->stream.write_some(net::buffer("abc", 3)), 3u);
  EXPECT_EQ(this->peer.read_some(net::buffer(this->memory)), 3u);
  EXPECT_EQ(std::string(this->memory.data(), 3), "abc");
  this->peer.write_some(net::buffer("defg", 4));
  std::array<char, 2> first{};
  std::array<char, 8> second{};
  const std::array<net::mutable_buffer, 3> scattered = {net::buffer(first), net::mutable_buffer(),
                                                        net::buffer(second)};
  EXPECT_EQ(this->stream.read_some(scattered, this->ec), 4u);
  EXPECT_EQ(std::string(first.data(), 2) + std::string(second.data(), 2), "defg");
  EXPECT_EQ(this->ec, error_code());
}

// The asynchronous write is of two buffers and in a busy handler, so that no backend makes it
// within its initiating function if it can avoid that. (Asio's io_uring submits it after the
// handler.)
TYPED_TEST(sync, read_and_write_follow_a_write_that_was_started_before) {
  if (backend::name() == "io_uring") GTEST_SKIP() << "Asio's io_uring reads and writes first";
  const std::array<net::const_buffer, 2> request = {net::buffer("ab", 2), net::buffer("cd", 2)};
  this->stream.sync_deadlines(true);
  this->stream.timeout(20s);
  for (const bool reads : {true, false}) {
    std::optional<result> written;
    std::string received;
    std::thread peer([&] {
      std::array<char, 64> request_memory{};
      const std::size_t wanted = reads ? 4 : 6;
      net::read(this->peer, net::buffer(request_memory, wanted), this->ec);
      received.assign(request_memory.data(), wanted);
      if (reads) this->peer.write_some(net::buffer("yes", 3));
    });
    net::post(this->context, [&] {
      net::post(this->context, [] {});
      this->stream.async_write_some(request, store(written));
      error_code ec;
      if (reads) {
        EXPECT_EQ(this->stream.read_some(net::buffer(this->memory), ec), 3u);
      } else {
        EXPECT_EQ(this->stream.write_some(net::buffer("ef", 2), ec), 2u);
      }
      EXPECT_EQ(ec, error_code());
    });
    this->context.restart();
    this->context.run();
    if (testing::Test::HasFailure()) this->stream.close();  // so that the peer gives up
    peer.join();
    EXPECT_EQ(received, reads ? "abcd" : "abcdef");
    ASSERT_TRUE(written.has_value());
    EXPECT_EQ(written->bytes, 4u);
  }
}

TYPED_TEST(sync, read_waits_for_data_that_comes_before_the_deadline) {
  this->stream.sync_deadlines(true);
  this->stream.timeout(20s);
  std::thread later([&] {
    std::this_thread::sleep_for(20ms);
    this->peer.write_some(net::buffer("abc", 3));
  });
  EXPECT_EQ(this->stream.read_some(net::buffer(this->memory), this->ec), 3u);
  EXPECT_EQ(this->ec, error_code());
  later.join();
}

TYPED_TEST(sync, read_and_write_that_time_out_say_so_and_close_the_stream) {
  for (const bool reading : {true, false}) {
    TypeParam stream(this->context);
    auto peer = connected_peer(stream);
    if (!reading) {
      fill_send_buffer(stream.socket());
      stream.socket().non_blocking(false);
    }
    stream.sync_deadlines(true);
    const auto start = steady::now();
    stream.expires_after(30ms);
    if (reading) {
      EXPECT_EQ(stream.read_some(net::buffer(this->memory), this->ec), 0u);
    } else {
      EXPECT_EQ(stream.write_some(net::buffer("x", 1), this->ec), 0u);
    }
    EXPECT_EQ(this->ec, error::timeout);
    EXPECT_GE(steady::now() - start, 30ms);
    EXPECT_FALSE(stream.socket().is_open());
  }
}

TYPED_TEST(sync, timeout_leaves_the_stream_open_where_that_is_wanted) {
  this->stream.sync_deadlines(true);
  this->stream.on_timeout(timeout_action::cancel);
  this->stream.read_timeout(10ms);
  this->stream.read_some(net::buffer(this->memory), this->ec);
  EXPECT_EQ(this->ec, error::timeout);
  this->stream.read_timeout(20s);
  this->peer.write_some(net::buffer("abc", 3));
  EXPECT_EQ(this->stream.read_some(net::buffer(this->memory), this->ec), 3u);
  EXPECT_EQ(this->ec, error_code());
}

TYPED_TEST(sync, timeout_makes_what_is_outstanding_report_timeout_too) {
  std::optional<result> done;
  this->stream.async_read_some(net::buffer(this->memory), store(done));
  this->stream.sync_deadlines(true);
  this->stream.expires_at(steady::now(), direction::write);
  this->stream.write_some(net::buffer("x", 1), this->ec);
  EXPECT_EQ(this->ec, error::timeout);
  this->run_until(done);
  EXPECT_EQ(done->ec, error::timeout);
}

TYPED_TEST(sync, errors_and_the_end_of_the_stream_are_those_of_the_socket) {
  this->stream.sync_deadlines(true);
  this->stream.expires_after(20s);
  this->peer.close();
  EXPECT_EQ(this->stream.read_some(net::buffer(this->memory), this->ec), 0u);
  EXPECT_EQ(this->ec, net::error::eof);
  EXPECT_EQ(this->stream.read_some(net::mutable_buffer(), this->ec), 0u);
  EXPECT_EQ(this->ec, error_code());
  this->stream.close();
  EXPECT_EQ(this->stream.read_some(net::buffer(this->memory), this->ec), 0u);
  EXPECT_EQ(this->ec, net::error::bad_descriptor);
}

TYPED_TEST(sync, overloads_without_an_error_code_throw) {
  this->stream.sync_deadlines(true);
  this->stream.expires_after(1ms);
  try {
    this->stream.read_some(net::buffer(this->memory));
    FAIL();
  } catch (const boost::system::system_error& thrown) {
    EXPECT_EQ(thrown.code(), error::timeout);
  }
  EXPECT_THROW(this->stream.write_some(net::buffer("x", 1)), boost::system::system_error);
}

TYPED_TEST(sync, operations_of_a_non_blocking_socket_report_would_block) {
  this->stream.socket().non_blocking(true);
  this->stream.sync_deadlines(true);
  this->stream.expires_after(20s);
  this->stream.read_some(net::buffer(this->memory), this->ec);
  EXPECT_EQ(this->ec, net::error::would_block);
}

TYPED_TEST(sync, read_follows_a_manual_clock) {
  manual_clock clock(this->context);
  this->stream.sync_deadlines(true);
  this->stream.expires_after(1h);
  std::thread later([&] {
    std::this_thread::sleep_for(20ms);
    clock.advance(1h);
  });
  this->stream.read_some(net::buffer(this->memory), this->ec);
  EXPECT_EQ(this->ec, error::timeout);
  later.join();
}

TYPED_TEST(sync, composed_operations_of_asio_run_over_it) {
  this->stream.sync_deadlines(true);
  this->stream.expires_after(20s);
  const std::string sent(1000, 's');
  std::string received(1000, ' ');
  net::write(this->stream, net::buffer(sent));
  net::read(this->peer, net::buffer(received));
  EXPECT_EQ(received, sent);
}

class sync_connect : public testing::Test {
 public:
  tcp::endpoint refusing() { return refusing_endpoint(); }
  tcp::endpoint unanswering() {
    fillers = stop_answering(silent);
    return silent.local_endpoint();
  }

  timed::backend::io_context context;
  tcp_acceptor acceptor{context, {net::ip::address_v4::loopback(), 0}};
  tcp_acceptor silent{context, {net::ip::address_v4::loopback(), 0}};
  std::vector<tcp_socket> fillers;
  tcp_stream stream{context};
  error_code ec;
};

TEST_F(sync_connect, works_in_every_overload_with_and_without_deadline) {
  const tcp::endpoint good = acceptor.local_endpoint();
  const std::list<tcp::endpoint> two = {refusing(), good};
  const auto yes = [](const error_code&, const tcp::endpoint&) { return true; };
  for (const bool timed : {false, true}) {
    stream.sync_deadlines(timed);
    stream.expires_after(20s);
    stream.connect(good);
    stream.close();
    stream.connect(good, ec);
    EXPECT_EQ(ec, error_code());
    EXPECT_EQ(stream.connect(two), good);
    EXPECT_EQ(stream.connect(two, ec), good);
    EXPECT_EQ(stream.connect(two, yes), good);
    EXPECT_EQ(stream.connect(two, yes, ec), good);
    EXPECT_EQ(stream.connect(two.begin(), two.end()), std::next(two.begin()));
    EXPECT_EQ(stream.connect(two.begin(), two.end(), ec), std::next(two.begin()));
    EXPECT_EQ(stream.connect(two.begin(), two.end(), yes), std::next(two.begin()));
    EXPECT_EQ(stream.connect(two.begin(), two.end(), yes, ec), std::next(two.begin()));
    EXPECT_EQ(ec, error_code());
    EXPECT_EQ(stream.write_some(net::buffer("x", 1)), 1u);  // blocks still, as it did before
    stream.close();
  }
}

TEST_F(sync_connect, reports_the_last_error_and_no_endpoint) {
  const std::vector<tcp::endpoint> all = {refusing()};
  for (const bool timed : {false, true}) {
    stream.sync_deadlines(timed);
    stream.expires_after(20s);
    EXPECT_EQ(stream.connect(all, ec), tcp::endpoint());
    EXPECT_EQ(ec, net::error::connection_refused);
    EXPECT_EQ(stream.connect(all.begin(), all.end(), ec), all.end());
    EXPECT_THROW(stream.connect(all), boost::system::system_error);
    EXPECT_EQ(stream.connect(std::vector<tcp::endpoint>(), ec), tcp::endpoint());
    EXPECT_EQ(ec, net::error::not_found);
  }
}

TEST_F(sync_connect, times_out_once_for_the_whole_range) {
  const tcp::endpoint none = unanswering();
  stream.sync_deadlines(true);
  stream.timeout(50ms);
  const auto start = steady::now();
  stream.connect(std::vector<tcp::endpoint>{none, none, none}, ec);
  EXPECT_EQ(ec, error::timeout);
  EXPECT_GE(steady::now() - start, 50ms);
  EXPECT_LT(steady::now() - start, 20s);
  EXPECT_FALSE(stream.socket().is_open());
}

TYPED_TEST(sync, write_to_a_peer_that_has_gone_is_an_error_and_raises_no_signal) {
  this->stream.sync_deadlines(true);
  this->stream.expires_after(20s);
  this->peer.close();
  while (!this->ec) this->stream.write_some(net::buffer("x", 1), this->ec);
  EXPECT_TRUE(this->ec == net::error::broken_pipe || this->ec == net::error::connection_reset);
  this->stream.write_some(net::buffer("x", 1), this->ec);
  EXPECT_EQ(this->ec, net::error::broken_pipe);
}

TYPED_TEST(sync, write_of_a_non_blocking_socket_reports_would_block) {
  this->fill_send_buffer();
  this->stream.sync_deadlines(true);
  this->stream.expires_after(20s);
  this->stream.write_some(net::buffer("x", 1), this->ec);
  EXPECT_EQ(this->ec, net::error::would_block);
}

TEST_F(sync_connect, that_times_out_or_is_too_late_closes_the_stream) {
  stream.sync_deadlines(true);
  stream.timeout(20ms);
  stream.connect(unanswering(), ec);
  EXPECT_EQ(ec, error::timeout);
  EXPECT_FALSE(stream.socket().is_open());
  stream.timeout(0s);
  stream.connect(acceptor.local_endpoint(), ec);
  EXPECT_EQ(ec, error::timeout);
  EXPECT_FALSE(stream.socket().is_open());
}

TEST_F(sync_connect, leaves_the_socket_as_blocking_as_it_was) {
  stream.sync_deadlines(true);
  stream.timeout(20s);
  for (const bool non_blocking : {false, true}) {
    stream.close();
    stream.socket().open(tcp::v4());
    stream.socket().native_non_blocking(non_blocking);
    stream.connect(acceptor.local_endpoint());
    EXPECT_EQ(stream.socket().native_non_blocking(), non_blocking);
  }
}

TEST(sync_connect_unix, to_a_peer_whose_backlog_is_full_waits_for_room_or_the_deadline) {
  timed::backend::io_context context;
  full_listener listener;
  error_code ec;
  unix_stream stream(context);
  stream.sync_deadlines(true);
  stream.timeout(30ms);
  stream.connect(listener.endpoint(), ec);
  EXPECT_EQ(ec, error::timeout);
  stream.timeout(20s);
  std::thread later([&] {
    std::this_thread::sleep_for(10ms);
    listener.accept(1);
  });
  stream.connect(listener.endpoint(), ec);
  EXPECT_EQ(ec, error_code());
  later.join();
}

// Each has a context and an acceptor of its own. Whichever takes a connection, the others go on.
TEST(sync_accept, that_is_non_blocking_does_not_wait_though_other_threads_accept_there) {
  timed::backend::io_context context;
  tcp_acceptor listening(context, {net::ip::address_v4::loopback(), 0});
  std::atomic<bool> stop = false;
  std::atomic<int> accepted = 0;
  std::atomic<int> faults = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      timed::backend::io_context own;
      tcp_acceptor shared(own);
      shared.assign(tcp::v4(), ::dup(listening.native_handle()));
      shared.non_blocking(true);
      while (!stop) {
        error_code ec;
        tcp_socket incoming(own);
        shared.accept(incoming, ec);
        if (!ec) {
          ++accepted;
        } else if (ec == net::error::would_block) {
          std::this_thread::yield();
        } else {
          ++faults;
        }
      }
    });
  }
  constexpr int connections = 200;
  for (int i = 0; i < connections; ++i) {
    tcp_socket client(context);
    client.connect(listening.local_endpoint());
    ::pollfd closed{.fd = client.native_handle(), .events = POLLIN, .revents = 0};
    if (::poll(&closed, 1, 60'000) == 1) continue;
    ADD_FAILURE() << "no thread accepts any more, after " << accepted;
    stop = true;
    ::shutdown(listening.native_handle(), SHUT_RDWR);  // which ends those that wait
    break;
  }
  stop = true;
  threads.clear();
  EXPECT_EQ(accepted, connections);
  EXPECT_EQ(faults, 0);
}

}  // namespace
}  // namespace timed::tests
