// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Sockets whose files are registered with the ring behave like others, on whichever thread and
// whenever they are closed. (seeds_test has cancelled operations that are still in the kernel when
// a number is reused.)

#include <gtest/gtest.h>
#include <liburing.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "tests/uring/support.h"

namespace timed::uring::tests {
namespace {

// How many files the process's rings have numbers for; each has one for itself.
int registered_files() {
  int count = 0;
  for (const std::string& info : ring_infos()) {
    std::istringstream lines(info);
    bool is_in_list = false;
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with(' ')) {
        is_in_list = line.starts_with("UserFiles");
      } else if (is_in_list) {
        count += static_cast<int>(!line.ends_with("<none>"));
      }
    }
  }
  return count;
}

// What that is with so many connections in use, on this kernel.
int with_connections(int count) {
  static const bool registers = [] {
    io_uring ring{};
    io_uring_params params{};
    if (::io_uring_queue_init_params(2, &ring, &params) != 0) return false;
    ::io_uring_queue_exit(&ring);
    return (params.features & IORING_FEAT_RW_ATTR) != 0;
  }();
  return registers ? 1 + count : 1;
}

// A connection whose one end, `used`, has read and written so much that it is registered. The other
// end is no concern of the context's.
class used_connection {
 public:
  explicit used_connection(io_context& context) : used(context) {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
      throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    used.assign({}, pair[0]);
    peer_ = pair[1];
    read(40);
    context.restart();
    context.run();
  }
  used_connection(const used_connection&) = delete;
  used_connection& operator=(const used_connection&) = delete;
  ~used_connection() { ::close(peer_); }

  // Whether the other end sees that it is closed, now.
  bool is_closed() const {
    char byte = 0;
    return ::recv(peer_, &byte, 1, MSG_DONTWAIT) == 0;
  }

  // Whether it does so soon. The kernel may let go of a ring's files a little after the ring
  // itself.
  bool is_closed_soon() const {
    ::pollfd end{.fd = peer_, .events = POLLRDHUP, .revents = 0};
    return ::poll(&end, 1, 20'000) == 1 && is_closed();
  }

  // The connection goes on by the number that the socket gave up, and by that only.
  void expect_given_up(int number) const {
    EXPECT_FALSE(is_closed());
    EXPECT_EQ(::close(number), 0);
    EXPECT_TRUE(is_closed());
  }

  void send_from_peer() const { EXPECT_EQ(::send(peer_, "x", 1, MSG_NOSIGNAL), 1); }

  unix_socket used;

 private:
  void read(int times) {
    used.async_read_some(net::buffer(byte_), [this, times](error_code ec, std::size_t) {
      ASSERT_FALSE(ec) << ec;
      if (times > 1) read(times - 1);
    });
    // After the read is in the kernel, so that none completes at once.
    net::post(used.get_executor(),
              [this] { net::post(used.get_executor(), [this] { send_from_peer(); }); });
  }

  int peer_ = -1;
  std::array<char, 1> byte_{};
};

TEST(registered_files, are_those_that_have_been_in_use_for_a_while) {
  io_context context;
  EXPECT_EQ(registered_files(), with_connections(0));
  unix_socket unused(context), other(context);
  connect_pair(unused, other);
  const used_connection connection(context);
  EXPECT_EQ(registered_files(), with_connections(1));
}

TEST(registered_files, are_closed_at_once_within_the_loop) {
  io_context context;
  used_connection connection(context);
  net::post(context, [&] {
    connection.used.close();
    EXPECT_TRUE(connection.is_closed());
    EXPECT_EQ(registered_files(), with_connections(0));
  });
  context.restart();
  context.run();
}

TEST(registered_files, are_closed_at_once_with_a_read_outstanding) {
  io_context context;
  used_connection connection(context);
  std::array<char, 1> memory{};
  std::optional<result> done;
  connection.used.async_read_some(net::buffer(memory), store(done));
  net::post(context, [&] {
    connection.used.close();
    EXPECT_TRUE(connection.is_closed());
  });
  context.restart();
  context.run();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, net::error::operation_aborted);
  EXPECT_EQ(registered_files(), with_connections(0));
}

TEST(registered_files, are_closed_at_once_where_the_loop_has_run) {
  io_context context;
  used_connection connection(context);
  connection.used.close();
  EXPECT_TRUE(connection.is_closed());
  EXPECT_EQ(registered_files(), with_connections(0));
  // Which is no run of the context's.
  net::post(context, [] {});
  EXPECT_EQ(context.poll(), 0U);
  context.restart();
  EXPECT_EQ(context.poll(), 1U);
}

TEST(registered_files, are_closed_by_another_thread) {
  io_context context;
  used_connection connection(context);
  auto work = net::make_work_guard(context);
  context.restart();
  std::thread runner([&] { context.run(); });
  connection.used.close();
  EXPECT_TRUE(connection.is_closed_soon());  // by the thread that runs the context
  work.reset();
  runner.join();
  EXPECT_EQ(registered_files(), with_connections(0));
}

TEST(registered_files, can_be_given_up_and_go_on_elsewhere) {
  io_context context, next;
  used_connection connection(context);
  int number = -1;
  net::post(context, [&] { number = connection.used.release(); });
  context.restart();
  context.run();
  EXPECT_EQ(registered_files(), 2 * with_connections(0));
  EXPECT_FALSE(connection.is_closed());
  unix_socket again(next);
  again.assign({}, number);
  std::array<char, 1> memory{};
  std::optional<result> done;
  again.async_read_some(net::buffer(memory), store(done));
  connection.send_from_peer();
  next.run();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error_code());
}

TEST(registered_files, can_be_given_up_while_no_thread_runs_the_loop) {
  io_context context;
  used_connection connection(context);
  const int before = connection.used.native_handle();
  const int number = connection.used.release();
  EXPECT_EQ(number, before);
  EXPECT_EQ(registered_files(), with_connections(0));
  connection.expect_given_up(number);
}

TEST(registered_files, can_be_given_up_by_another_thread) {
  io_context context;
  used_connection connection(context);
  int number = -1;
  std::thread([&] { number = connection.used.release(); }).join();
  context.restart();
  context.poll();
  EXPECT_EQ(registered_files(), with_connections(0));
  connection.expect_given_up(number);
}

// A cancellation may be on its way to the loop, which ends everything with it.
TEST(registered_files, are_cancelled_and_closed_by_another_thread) {
  io_context context;
  std::vector<std::unique_ptr<used_connection>> connections;
  for (int i = 0; i < 200; ++i) connections.push_back(std::make_unique<used_connection>(context));
  auto work = net::make_work_guard(context);
  context.restart();
  std::thread runner([&] { context.run(); });
  for (const auto& each : connections) {
    each->used.cancel();
    each->used.close();
  }
  work.reset();
  runner.join();
  for (const auto& each : connections) EXPECT_TRUE(each->is_closed());
  EXPECT_EQ(registered_files(), with_connections(0));
}

TEST(registered_files, end_when_another_thread_takes_the_loop_over) {
  io_context context;
  used_connection connection(context);
  std::array<char, 1> memory{};
  std::optional<result> done;
  connection.used.async_read_some(net::buffer(memory), store(done));
  connection.send_from_peer();
  context.restart();
  std::thread([&] { context.run(); }).join();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(registered_files(), with_connections(0));
  connection.used.close();
  EXPECT_TRUE(connection.is_closed_soon());
}

TEST(registered_files, end_with_the_handlers_that_own_them) {
  for (const bool is_here : {true, false}) {
    std::optional<io_context> context(std::in_place);
    auto connection = std::make_unique<used_connection>(*context);
    net::post(*context, [kept = std::move(connection->used)] {});
    const auto end = [&] { context.reset(); };
    if (is_here) {
      end();
    } else {
      std::thread(end).join();
    }
    EXPECT_TRUE(connection->is_closed_soon()) << is_here;
    EXPECT_EQ(registered_files(), 0) << is_here;
  }
}

TEST(registered_files, are_no_more_than_was_said_and_others_work_without) {
  io_context context(options{.registered_files = 2});
  std::vector<std::unique_ptr<used_connection>> connections;
  for (int i = 0; i < 5; ++i) {
    connections.push_back(std::make_unique<used_connection>(context));
    EXPECT_EQ(registered_files(), with_connections(std::min(i + 1, 2)));
  }
  // A number that is free again is used again.
  connections.erase(connections.begin());
  context.restart();
  context.poll();
  EXPECT_EQ(registered_files(), with_connections(1));
  connections.push_back(std::make_unique<used_connection>(context));
  EXPECT_EQ(registered_files(), with_connections(2));
}

TEST(registered_files, may_be_none) {
  io_context context(options{.registered_files = 0});
  const used_connection connection(context);
  EXPECT_EQ(registered_files(), with_connections(0));
}

}  // namespace
}  // namespace timed::uring::tests
