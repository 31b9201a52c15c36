// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How contexts end, and how they change threads, while operations are outstanding: the kernel uses
// their buffers until they complete, and what was not cancelled goes on.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/uring/support.h"
#include "timed/uring/basic_timer.h"

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;

// A connection whose handlers keep it alive, with an operation of every kind outstanding.
struct session : std::enable_shared_from_this<session> {
  explicit session(io_context& context)
      : a(context),
        b(context),
        acceptor(context, {net::ip::address_v4::loopback(), 0}),
        timer(context, std::chrono::hours(1)) {
    connect_sockets(a, b);
  }

  void start() {
    const auto count = [self = shared_from_this()](error_code, auto&&...) { ++self->called; };
    fill_send_buffer(a);
    a.async_write_some(net::buffer(memory), count);
    a.async_read_some(net::buffer(memory), count);
    a.async_read_some(net::buffer(memory), count);
    b.async_wait(net::socket_base::wait_error, count);
    acceptor.async_accept(count);
    timer.async_wait(count);
  }

  tcp_socket a, b;
  basic_acceptor<net::ip::tcp> acceptor;
  timed::uring::steady_timer timer;
  std::array<char, 64> memory{};
  int called = 0;
};

class endings : public testing::TestWithParam<ring_mode> {
 public:
  std::optional<io_context> context{std::in_place, options{.required_mode = GetParam()}};

  // Makes sessions, and returns what tells whether they are gone.
  std::weak_ptr<session> start_session() {
    const auto made = std::make_shared<session>(*context);
    made->start();
    return made;
  }
};

TEST_P(endings, of_a_context_that_has_never_run) {
  const auto seen = start_session();
  EXPECT_FALSE(seen.expired());
  context.reset();
  EXPECT_TRUE(seen.expired());
}

TEST_P(endings, on_the_thread_that_ran_it) {
  const auto seen = start_session();
  context->run_for(5ms);
  context.reset();
  EXPECT_TRUE(seen.expired());
}

TEST_P(endings, on_another_thread_than_that_which_ran_it) {
  const auto seen = start_session();
  std::thread([&] { context->run_for(5ms); }).join();
  context.reset();
  EXPECT_TRUE(seen.expired());
}

TEST_P(endings, on_another_thread_while_that_which_ran_it_lives) {
  const auto seen = start_session();
  context->run_for(5ms);
  std::thread([&] { context.reset(); }).join();
  EXPECT_TRUE(seen.expired());
}

TEST_P(endings, after_operations_were_started_that_have_not_arrived) {
  context->poll();
  const auto seen = start_session();
  context.reset();
  EXPECT_TRUE(seen.expired());
}

// The cancellation that is on its way to the loop closes the socket, too: before the second read
// has come there.
void close_elsewhere_with_a_read_on_its_way(io_context& context, bool is_one_in_the_kernel) {
  tcp_socket a(context), b(context);
  connect_sockets(a, b);
  context.poll();
  const auto before = open_descriptors();
  std::array<char, 8> memory;
  std::vector<error_code> results;
  const auto note = [&](error_code ec, std::size_t) { results.push_back(ec); };
  if (is_one_in_the_kernel) {
    a.async_read_some(net::buffer(memory), note);
    context.restart();
    context.poll();
  }
  std::thread([&] {
    if (!is_one_in_the_kernel) a.async_read_some(net::buffer(memory), note);
    a.cancel();
    a.async_read_some(net::buffer(memory), note);
    a.close();
  }).join();
  error_code of_peer;
  b.async_read_some(net::buffer(memory), [&](error_code ec, std::size_t) { of_peer = ec; });
  context.restart();
  context.run();
  EXPECT_EQ(results, std::vector<error_code>(2, net::error::operation_aborted));
  EXPECT_EQ(of_peer, net::error::eof);
  EXPECT_EQ(open_descriptors(), before - 1);
}

TEST_P(endings, of_a_socket_elsewhere_while_its_cancellation_is_on_its_way) {
  close_elsewhere_with_a_read_on_its_way(*context, false);
}

TEST_P(endings, of_a_socket_elsewhere_with_a_read_in_the_kernel_and_one_on_its_way) {
  close_elsewhere_with_a_read_on_its_way(*context, true);
}

// A destructor among what is destroyed posts, closes, cancels and starts.
TEST_P(endings, with_destructors_that_use_the_context) {
  struct busy {
    io_context& context;
    std::shared_ptr<unix_socket> socket;
    std::array<char, 8> memory{};
    explicit busy(io_context& on) : context(on), socket(std::make_shared<unix_socket>(on)) {}
    ~busy() {
      net::post(context, [held = socket] {});
      socket->async_read_some(net::buffer(memory), [held = socket](error_code, std::size_t) {});
      socket->cancel();
      socket->async_wait(net::socket_base::wait_read, [held = socket](error_code) {});
      socket->close();
    }
  };
  std::weak_ptr<unix_socket> seen;
  {
    const auto made = std::make_shared<busy>(*context);
    unix_socket peer(*context);
    connect_pair(*made->socket, peer);
    seen = made->socket;
    made->socket->async_read_some(net::buffer(made->memory), [made](error_code, std::size_t) {});
    context->run_for(5ms);
    peer.close();
  }
  context.reset();
  EXPECT_TRUE(seen.expired());
}

TEST_P(endings, with_coroutines_that_are_suspended) {
  struct at_end {
    bool& has_ended;
    ~at_end() { has_ended = true; }
  };
  bool has_ended = false;
  net::co_spawn(
      *context,
      [&]() -> net::awaitable<void> {
        const at_end marks{has_ended};
        unix_socket a(co_await net::this_coro::executor), b(co_await net::this_coro::executor);
        connect_pair(a, b);
        std::array<char, 8> memory{};
        co_await a.async_read_some(net::buffer(memory), net::use_awaitable);
      },
      net::detached);
  context->run_for(5ms);
  EXPECT_FALSE(has_ended);
  context.reset();
  EXPECT_TRUE(has_ended);
}

// The thread that has submitted them is gone, and the kernel has given them up.
TEST_P(endings, of_threads_leave_operations_to_the_next_one) {
  unix_socket a(*context), b(*context);
  connect_pair(a, b);
  std::array<char, 8> memory{};
  std::optional<result> read;
  int called = 0;
  a.async_read_some(net::buffer(memory), store(read));
  for (int i = 0; i < 5; ++i) {
    std::thread([&] {
      net::post(*context, [&] { ++called; });
      context->run_for(5ms);
    }).join();
  }
  EXPECT_EQ(called, 5);
  EXPECT_FALSE(read.has_value());
  b.write_some(net::buffer("hello", 5));
  context->run_for(20s);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->ec, error_code());
  EXPECT_EQ(std::string(memory.data(), read->bytes), "hello");
}

// While that thread lives, what completes meanwhile is its own affair: no byte is lost.
TEST_P(endings, of_a_thread_s_turn_lose_no_byte) {
  unix_socket a(*context), b(*context);
  connect_pair(a, b);
  std::vector<char> sent(1'000'000), got(sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 7 / 3);
  std::optional<result> written, read;
  net::async_write(a, net::buffer(sent), store(written));
  net::async_read(b, net::buffer(got), store(read));
  int turns = 0;
  while (!read || !written) {
    ASSERT_LT(++turns, 20'000);
    const auto turn = [&] { context->run_one_for(1ms); };
    if (turns % 2 == 0) {
      turn();
    } else {
      std::thread(turn).join();
    }
  }
  EXPECT_EQ(got, sent);
  EXPECT_GT(turns, 1) << "it was all done in one turn";
}

// The one that follows a cancelled one must not be begun twice.
TEST_P(endings, of_threads_leave_what_follows_a_cancelled_operation) {
  for (int i = 0; i < 20; ++i) {
    unix_socket a(*context), b(*context);
    connect_pair(a, b);
    auto first = std::make_unique<std::array<char, 8>>(),
         second = std::make_unique<std::array<char, 8>>();
    std::optional<result> one, two;
    a.async_read_some(net::buffer(*first), store(one));
    std::thread([&] {
      context->run_for(2ms);
      net::post(*context, [&] {
        a.cancel();
        a.async_read_some(net::buffer(*second), store(two));
      });
      context->run_one();
    }).join();
    context->poll();
    b.write_some(net::buffer("x", 1));
    context->restart();
    context->run_for(20s);
    context->restart();
    ASSERT_TRUE(one && two);
    EXPECT_EQ(one->ec, net::error::operation_aborted);
    EXPECT_EQ(two->bytes, 1U);
  }
}

TEST_P(endings, of_a_fork_within_a_handler_leave_both_running) {
  int status = -1;
  net::post(*context, [&] {
    context->notify_fork(net::execution_context::fork_prepare);
    const ::pid_t child = ::fork();
    if (child == 0) {
      context->notify_fork(net::execution_context::fork_child);
      auto timer = std::make_shared<timed::uring::steady_timer>(*context, 5ms);
      timer->async_wait([timer](error_code ec) { ::_exit(ec ? 1 : 0); });
      return;
    }
    context->notify_fork(net::execution_context::fork_parent);
    ::waitpid(child, &status, 0);
  });
  context->run_for(20s);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_P(endings, of_a_fork_leave_operations_to_both) {
  unix_socket parents(*context), childs(*context), in_parent(*context), in_child(*context);
  connect_pair(parents, in_parent);
  connect_pair(childs, in_child);
  std::array<char, 8> first{}, second{};
  std::optional<result> for_parent, for_child;
  timed::uring::steady_timer timer(*context, 20ms);
  std::optional<error_code> timed;
  parents.async_read_some(net::buffer(first), store(for_parent));
  childs.async_read_some(net::buffer(second), store(for_child));
  timer.async_wait([&](error_code ec) { timed = ec; });
  context->run_for(5ms);
  context->notify_fork(net::execution_context::fork_prepare);
  const ::pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    context->notify_fork(net::execution_context::fork_child);
    parents.cancel();  // of two that wait for the same byte, either would get it
    while ((!for_child || !timed) && context->run_one_for(10s) != 0) {
    }
    ::_exit(for_child && for_child->bytes == 1 && timed == error_code() ? 0 : 1);
  }
  context->notify_fork(net::execution_context::fork_parent);
  childs.cancel();
  while (!for_child && context->run_one_for(20s) != 0) {
  }
  in_child.write_some(net::buffer("c", 1));
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  in_parent.write_some(net::buffer("p", 1));
  context->run_for(20s);
  ASSERT_TRUE(for_parent && for_child);
  EXPECT_EQ(for_parent->bytes, 1U);
  EXPECT_EQ(for_child->ec, net::error::operation_aborted);
  EXPECT_EQ(timed, error_code());
}

INSTANTIATE_TEST_SUITE_P(in_every_ring_mode, endings,
                         testing::Values(ring_mode::deferred, ring_mode::cooperative),
                         [](const auto& each) { return std::string(to_string(each.param)); });

}  // namespace
}  // namespace timed::uring::tests
