// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A process that may have no more descriptors (EMFILE), or a system that has none left (ENFILE):
// whatever makes one reports it, what is open goes on, and all works again afterwards.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "tests/support/connected.h"
#include "tests/support/forbid_system_call.h"

namespace timed::tests {
namespace {

// While it lives, no file descriptor can be had.
class no_descriptors {
 public:
  no_descriptors() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const ::rlimit none{.rlim_cur = 3, .rlim_max = before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  no_descriptors(const no_descriptors&) = delete;
  ~no_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  ::rlimit before_{};
};

class descriptors_used_up : public connected<tcp_stream> {
 public:
  static error_code code_of(const std::function<void()>& operation) {
    try {
      operation();
    } catch (const boost::system::system_error& thrown) {
      return thrown.code();
    }
    return {};
  }

  net::ip::tcp::endpoint endpoint() { return acceptor.local_endpoint(); }

  tcp_acceptor acceptor{context, {net::ip::address_v4::loopback(), 0}};
  tcp_stream other{context};
  std::optional<result> done, again;
};

TEST_F(descriptors_used_up, are_reported_by_a_connect_that_then_succeeds) {
  {
    const no_descriptors here;
    other.expires_after(20s);
    other.async_connect(endpoint(), store(done));
    run_until(done);
  }
  EXPECT_EQ(done->ec, net::error::no_descriptors);
  EXPECT_FALSE(other.socket().is_open());
  other.async_connect(endpoint(), store(again));
  run_until(again);
  EXPECT_EQ(again->ec, error_code());
}

TEST_F(descriptors_used_up, are_reported_by_a_connect_to_a_range_that_then_succeeds) {
  const std::vector<net::ip::tcp::endpoint> endpoints = {endpoint(), endpoint()};
  const auto connect = [&](std::optional<result>& into) {
    other.expires_after(20s);
    other.async_connect(
        endpoints,
        [store = store(into)](error_code ec, const net::ip::tcp::endpoint&) { store(ec); });
    run_until(into);
  };
  {
    const no_descriptors here;
    connect(done);
  }
  EXPECT_EQ(done->ec, net::error::no_descriptors);
  connect(again);
  EXPECT_EQ(again->ec, error_code());
}

TEST_F(descriptors_used_up, are_reported_by_synchronous_functions) {
  error_code one, range, opened;
  const std::vector<net::ip::tcp::endpoint> endpoints = {endpoint()};
  {
    const no_descriptors here;
    other.connect(endpoint(), one);
    other.connect(endpoints, range);
    other.socket().open(net::ip::tcp::v4(), opened);
    EXPECT_EQ(code_of([&] { const tcp_stream made(context, net::ip::tcp::v4()); }),
              net::error::no_descriptors);
    EXPECT_EQ(code_of([&] { const timed::backend::io_context made; }), net::error::no_descriptors);
    EXPECT_EQ(code_of([&] { const unix_stream made(context, net::local::stream_protocol()); }),
              net::error::no_descriptors);
  }
  EXPECT_EQ(one, net::error::no_descriptors);
  EXPECT_EQ(range, net::error::no_descriptors);
  EXPECT_EQ(opened, net::error::no_descriptors);
  other.connect(endpoint(), one);
  EXPECT_EQ(one, error_code());
}

TEST_F(descriptors_used_up, are_reported_by_an_accept_and_the_connection_comes_with_the_next) {
  other.connect(endpoint());
  tcp_socket accepted(context);
  {
    const no_descriptors here;
    acceptor.async_accept(accepted, store(done));
    run_until(done);
  }
  EXPECT_EQ(done->ec, net::error::no_descriptors);
  EXPECT_FALSE(accepted.is_open());
  acceptor.async_accept(accepted, store(again));
  run_until(again);
  EXPECT_EQ(again->ec, error_code());
}

// The limit is that of the whole machine, so a filter of system calls stands for it. It cannot be
// taken back, hence the thread.
TEST_F(descriptors_used_up, by_the_whole_system_are_reported_by_a_connect_that_then_succeeds) {
  error_code synchronous;
  std::thread([&] {
    ASSERT_TRUE(forbid_system_call(SYS_socket, ENFILE));
    tcp_stream(context).connect(endpoint(), synchronous);
    other.expires_after(20s);
    other.async_connect(endpoint(), store(done));
    run_until(done);
  }).join();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, boost::system::errc::too_many_files_open_in_system);
  EXPECT_EQ(synchronous, boost::system::errc::too_many_files_open_in_system);
  EXPECT_FALSE(other.socket().is_open());
  other.async_connect(endpoint(), store(again));
  run_until(again);
  EXPECT_EQ(again->ec, error_code());
}

// The first deadline of the context is set by then: nothing opens a descriptor for it.
TEST_F(descriptors_used_up, do_not_disturb_what_is_open_nor_its_deadlines) {
  const no_descriptors here;
  std::array<char, 8> memory{};
  std::optional<result> written, read, late;
  stream.expires_after(20s);
  stream.async_write_some(net::buffer("x", 1), store(written));
  run_until(written);
  EXPECT_EQ(written->ec, error_code());
  peer.write_some(net::buffer("y", 1));
  stream.async_read_some(net::buffer(memory), store(read));
  run_until(read);
  EXPECT_EQ(read->bytes, 1u);
  const auto deadline = std::chrono::steady_clock::now() + 20ms;
  stream.expires_at(deadline);
  stream.async_read_some(net::buffer(memory), store(late));
  run_until(late);
  EXPECT_EQ(late->ec, error::timeout);
  EXPECT_GE(std::chrono::steady_clock::now(), deadline);
}

}  // namespace
}  // namespace timed::tests
