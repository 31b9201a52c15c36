// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What becomes of connections that were accepted ahead when the acceptor is closed or moved, and
// when the context ends or changes threads.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "tests/uring/multishot_accept.h"
#include "tests/uring/support.h"

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;

// Closing.

class multishot_accept_closed : public multishot_accept {
 public:
  const std::ptrdiff_t open_before = open_descriptors() - 1;  // with which the acceptor is one
};

TEST_F(multishot_accept_closed, closes_what_it_has) {
  keep(5);
  listening.close();
  expect_closed(open_before);
}

TEST_F(multishot_accept_closed, closes_what_it_has_within_a_handler) {
  keep(5);
  net::post(context, [&] {
    listening.close();
    EXPECT_TRUE(are_closed(0));
  });
  run();
  expect_closed(open_before);
}

TEST_F(multishot_accept_closed, closes_connections_whose_completions_have_not_been_read) {
  begin();
  connect(5);
  listening.close();
  expect_closed(open_before);
}

// Also if the slot of a handler knows it for longer, as it does if that is called elsewhere.
TEST_F(multishot_accept_closed, closes_what_the_kernel_accepts_while_it_is_told_to_stop) {
  net::cancellation_signal signal;
  bool is_called = false;
  connect(6);
  net::post(context, [&] {
    listening.async_accept(net::bind_executor(
        elsewhere, net::bind_cancellation_slot(
                       signal.slot(), [&](error_code, const unix_socket&) { is_called = true; })));
    listening.close();
  });
  run();
  elsewhere.run();
  EXPECT_TRUE(is_called);
  expect_closed(open_before);
}

// The kernel ends it with an error that comes before the cancellation does.
TEST_F(multishot_accept_closed, cancels_the_waiting_accept_in_either_order) {
  basic_acceptor<net::ip::tcp> other(context, {net::ip::address_v4::loopback(), 0});
  other.multishot_accept(10);
  std::optional<error_code> ended;
  other.async_accept([&](error_code ec, const tcp_socket&) { ended = ec; });
  context.poll();
  for (int i = 0; i < 200; ++i) {  // More than the loop calls between two polls.
    net::post(context, [&, i] {
      if (i == 100) std::thread([&] { other.close(); }).join();
    });
  }
  run();
  EXPECT_EQ(ended, net::error::operation_aborted);
}

TEST_F(multishot_accept_closed, closes_what_it_has_when_another_acceptor_takes_its_place) {
  keep(5);
  listening = unix_acceptor(context, unused_name());
  expect_closed(open_before + 1);
  connect();
  accept();
  run();
  EXPECT_EQ(kernel.accepts, 1) << "a multishot accept without a limit";
}

TEST_F(multishot_accept_closed, closes_what_it_has_by_another_thread) {
  keep(5);
  std::thread([&] { listening.close(); }).join();
  EXPECT_TRUE(are_closed(0));
  turn();  // the acceptor's own file is the loop's to close
  expect_closed(open_before);
}

TEST_F(multishot_accept_closed, cancels_the_waiting_accept_from_another_thread) {
  listening.close();
  auto work = net::make_work_guard(context);
  std::thread runner([&] { context.run(); });
  for (int i = 0; i < 100; ++i) {
    unix_acceptor other(context, unused_name());
    other.multishot_accept(10);
    std::promise<error_code> ended;
    other.async_accept([&](error_code ec, const unix_socket&) { ended.set_value(ec); });
    std::promise<void> begun;
    net::post(context, [&] { begun.set_value(); });
    begun.get_future().get();
    other.close();
    EXPECT_EQ(ended.get_future().get(), net::error::operation_aborted);
  }
  work.reset();
  runner.join();
  EXPECT_EQ(open_descriptors(), open_before);
}

TEST_F(multishot_accept_closed, leaves_nothing_open_if_it_has_just_begun) {
  listening.close();
  auto work = net::make_work_guard(context);
  std::thread runner([&] { context.run(); });
  for (int i = 0; i < 100; ++i) {
    server other(context, elsewhere);
    other.listening.multishot_accept(2);
    other.connect(4);
    other.listening.async_accept([](error_code, const unix_socket&) {});
    other.listening.close();
    // When the loop has heard of that.
    std::promise<void> heard;
    net::post(context, [&] { heard.set_value(); });
    heard.get_future().get();
    EXPECT_TRUE(other.are_closed(0, 20s));
  }
  work.reset();
  runner.join();
  EXPECT_EQ(open_descriptors(), open_before);
}

TEST_F(multishot_accept_closed, closes_what_it_has_when_it_gives_up_its_descriptor) {
  for (const bool is_waiting : {false, true}) {
    server other(context, elsewhere);
    other.listening.multishot_accept(10);
    other.accept();
    other.connect(4);
    run();
    const int before = other.listening.native_handle();
    std::optional<error_code> ended;
    if (is_waiting) {
      for (int i = 0; i < 4; ++i) {
        other.listening.async_accept(
            [&](error_code ec, const unix_socket&) { ended = ec; });  // of which one waits
      }
      context.restart();
      context.poll();
      EXPECT_FALSE(ended.has_value() && *ended);
    }
    const int number = other.listening.release();
    EXPECT_EQ(number, before);
    EXPECT_TRUE(other.are_closed(0));
    run();
    EXPECT_EQ(ended.has_value() && *ended == net::error::operation_aborted, is_waiting);
    // Those who connect from now on are the caller's.
    unix_acceptor again(elsewhere);
    again.assign({}, number);
    unix_socket client(elsewhere), peer(elsewhere);
    client.connect(again.local_endpoint());
    turn();
    again.accept(peer);
    EXPECT_TRUE(peer.is_open());
  }
}

TEST_F(multishot_accept_closed, ends_with_the_context) {
  for (const bool is_here : {true, false}) {
    const auto before = open_descriptors();
    auto own = std::make_unique<io_context>();
    {
      auto other = std::make_unique<server>(*own, elsewhere);
      other->listening.multishot_accept(10);
      other->connect(6);
      other->accept();
      own->run();
      clients = std::exchange(other->clients, {});
      // It lives in a handler, as in programs.
      other->listening.async_accept([](error_code, const unix_socket&) {});
      net::post(*own, [kept = std::move(other->listening)] {});
    }
    const auto end = [&] { own.reset(); };
    is_here ? end() : std::thread(end).join();
    EXPECT_TRUE(are_closed(0, 20s)) << is_here;
    clients.clear();
    EXPECT_EQ(open_descriptors(), before) << is_here;
  }
}

TEST_F(multishot_accept_closed, ends_with_the_context_while_an_accept_is_outstanding) {
  for (const bool is_here : {true, false}) {
    const auto before = open_descriptors();
    auto own = std::make_unique<io_context>();
    auto kept = std::make_shared<unix_acceptor>(*own, unused_name());
    kept->multishot_accept(10);
    bool is_called = false;
    for (int i = 0; i < 3; ++i) {
      kept->async_accept([kept, &is_called](error_code, const unix_socket&) { is_called = true; });
    }
    const std::weak_ptr<unix_acceptor> seen = std::exchange(kept, nullptr);
    own->poll();
    const auto end = [&] { own.reset(); };
    is_here ? end() : std::thread(end).join();
    EXPECT_TRUE(seen.expired());
    EXPECT_FALSE(is_called);
    EXPECT_EQ(open_descriptors(), before) << is_here;
  }
}

// Moving, to another place and to another thread.

TEST_F(multishot_accept, goes_along_when_the_acceptor_is_moved) {
  keep(3);
  unix_acceptor moved(std::move(listening));
  listening = std::move(moved);
  connect(2);
  accept(5);
  run();
  expect_all();
  EXPECT_EQ(kernel.multishot_accepts, 1);
}

TEST_F(multishot_accept, hands_what_it_has_to_another_thread) {
  keep(5);
  accept(7);
  std::thread([&] {
    context.restart();
    context.run_one();
  }).join();
  connect(2);
  run();
  expect_all();
}

TEST_F(multishot_accept, loses_none_when_threads_take_turns) {
  for (const bool is_on_time : {true, false}) {
    for (int i = 0; i < 8; ++i) {
      const auto clients_then = clients.size();
      if (is_on_time) accept(3);
      const auto run_a_little = [&] {
        context.restart();
        context.run_for(1ms);
      };
      std::thread runner(run_a_little);
      connect(3);
      runner.join();
      if (!is_on_time) accept(3);
      while (accepted.size() < clients_then + 3) std::thread(run_a_little).join();
      if (HasFailure()) return;
    }
  }
  expect_all();
}

TEST_F(multishot_accept, leaves_what_it_has_to_both_after_a_fork) {
  keep(2);
  context.notify_fork(net::execution_context::fork_prepare);
  const ::pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    context.notify_fork(net::execution_context::fork_child);
    int open = 0;
    for (int i = 0; i < 2; ++i) {
      listening.async_accept([&](error_code, const unix_socket& peer) { open += peer.is_open(); });
    }
    context.restart();
    context.run_for(10s);
    ::_exit(open == 2 ? 0 : 1);
  }
  context.notify_fork(net::execution_context::fork_parent);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  accept(2);
  run();
  expect_all();
}

}  // namespace
}  // namespace timed::uring::tests
