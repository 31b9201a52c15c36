// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Files and rings that several processes have.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "tests/support/child_process.h"
#include "tests/uring/support.h"
#include "timed/uring/basic_timer.h"

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;
using timed::tests::child_process;

// A read and an accept are outstanding, and one each that waits behind them.
class fork : public testing::TestWithParam<ring_mode> {
 public:
  fork() {
    context.emplace(options{.required_mode = GetParam()});
    for (auto* each : {&a, &b}) each->emplace(*context);
    connect_pair(*a, *b);
    acceptor.emplace(*context, net::ip::tcp::endpoint(net::ip::address_v4::loopback(), 0));
    for (auto& each : read) a->async_read_some(net::buffer(memory), store(each));
    acceptor->async_accept(accepted.emplace(*context), store(incoming));
    context->run_for(10ms);
  }

  void expect_all_goes_on() {
    b->write_some(net::buffer("x", 1));
    tcp_socket client(*context);
    client.connect(acceptor->local_endpoint());
    context->restart();
    while ((!read[0] || !incoming) && context->run_one_for(20s) != 0) {
    }
    ASSERT_TRUE(read[0] && incoming);
    EXPECT_EQ(read[0]->ec, error_code());
    EXPECT_EQ(read[0]->bytes, 1U);
    EXPECT_EQ(incoming->ec, error_code());
    EXPECT_FALSE(read[1].has_value());
  }

  std::optional<io_context> context;
  std::optional<unix_socket> a, b;
  std::optional<basic_acceptor<net::ip::tcp>> acceptor;
  std::optional<tcp_socket> accepted;
  std::array<char, 8> memory{};
  std::array<std::optional<result>, 2> read;
  std::optional<result> incoming;
};

TEST_P(fork, lets_a_child_without_notice_close_its_sockets_at_once) {
  child_process child([&] {
    const auto before = open_descriptors();
    a->close();
    acceptor->close();
    return before - open_descriptors() == 2 ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
  expect_all_goes_on();
}

TEST_P(fork, lets_a_child_without_notice_destroy_everything) {
  child_process child([&] {
    accepted.reset();
    acceptor.reset();
    a.reset();
    b.reset();
    context.reset();
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
  expect_all_goes_on();
}

// As exit() does where the context is static.
TEST_P(fork, lets_a_child_without_notice_destroy_the_context_first) {
  child_process child([&] {
    context.reset();
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
  expect_all_goes_on();
}

TEST_P(fork, within_a_handler_lets_a_child_without_notice_use_its_sockets_and_end) {
  int status = -1;
  net::post(*context, [&] {
    child_process child([&] {
      std::array<char, 8> other{};
      b->async_read_some(net::buffer(other), [](error_code, std::size_t) {});
      a->cancel();
      a->close();
      b->release();
      context.reset();
      return 0;
    });
    status = child.wait();
  });
  context->run_for(10ms);
  EXPECT_EQ(status, 0);
  expect_all_goes_on();
}

TEST_P(fork, while_another_thread_runs_the_context_lets_a_child_without_notice_end) {
  timed::uring::steady_timer timer(*context, 1h);
  timer.async_wait([](error_code) {});
  std::promise<void> running;
  net::post(*context, [&] { running.set_value(); });
  std::thread runner([&] { context->run(); });
  running.get_future().wait();
  std::this_thread::sleep_for(20ms);  // so that it sleeps
  child_process child([&] {
    a->close();
    context.reset();
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
  context->stop();
  runner.join();
  timer.cancel();
  expect_all_goes_on();
}

TEST_P(fork, without_notice_refuses_to_run_and_says_what_is_missing) {
  child_process child([&] {
    try {
      context->restart();
      context->run();
    } catch (const boost::system::system_error& refused) {
      return std::string(refused.what()).find("notify_fork") != std::string::npos ? 0 : 1;
    }
    return 2;
  });
  EXPECT_EQ(child.wait(), 0);
  expect_all_goes_on();
}

TEST_P(fork, with_notice_lets_a_child_close_its_sockets_at_once) {
  context->notify_fork(net::execution_context::fork_prepare);
  child_process child([&] {
    context->notify_fork(net::execution_context::fork_child);
    const auto before = open_descriptors();
    a->close();
    acceptor->close();
    return before - open_descriptors() == 2 ? 0 : 1;
  });
  context->notify_fork(net::execution_context::fork_parent);
  EXPECT_EQ(child.wait(), 0);
  expect_all_goes_on();
}

TEST_P(fork, does_not_keep_the_parent_s_ring_while_the_child_lives) {
  std::array<int, 2> end{};
  ASSERT_EQ(::pipe2(end.data(), O_CLOEXEC), 0);
  child_process child([&] {
    ::close(end[1]);
    char none;
    return static_cast<int>(::read(end[0], &none, 1));
  });
  std::thread([&] { context->run_for(10ms); }).join();  // takes it over, with a ring of its own
  ::close(end[1]);
  EXPECT_EQ(child.wait(), 0);
  expect_all_goes_on();
}

// The number of another process, or another number of this one.
TEST_P(fork, or_no_fork_closing_on_another_thread_does_not_affect_duplicates) {
  const int other = ::fcntl(a->native_handle(), F_DUPFD_CLOEXEC, 0);
  std::thread([&] { a->close(); }).join();
  context->restart();
  context->poll();
  EXPECT_EQ(read[0] ? read[0]->ec : error_code(), net::error::operation_aborted);
  b->write_some(net::buffer("x", 1));
  char got = 0;
  EXPECT_EQ(::recv(other, &got, 1, MSG_DONTWAIT), 1);
  ::close(other);
}

INSTANTIATE_TEST_SUITE_P(in_every_ring_mode, fork,
                         testing::Values(ring_mode::deferred, ring_mode::cooperative),
                         [](const auto& each) { return std::string(to_string(each.param)); });

}  // namespace
}  // namespace timed::uring::tests
