// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The C++ blocks of docs/guide, compiled as they stand there, and called.

#undef NDEBUG

#include <gtest/gtest.h>

#include <array>
#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/system/system_error.hpp>
#include <cassert>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "tests/guide/connected_pair.h"
#include "tests/support/full_socket.h"
#include "timed/backend.h"
#include "timed/direction.h"
#include "timed/error.h"
#include "timed/manual_clock.h"
#include "timed/socket_stream.h"
#include "timed/statistics.h"
#include "timed/tcp_stream.h"
#include "timed/timeout_action.h"
#include "timed/uring/io_context.h"
#include "timed/uring/tcp_stream.h"
#include "timed/with_timeout.h"

namespace guide {
namespace {

using namespace std::chrono_literals;

namespace which_deadline {
#include "tests/guide/which-deadline.inc"
}
namespace coroutines {
#include "tests/guide/coroutines.inc"
}
namespace cancelling {
#include "tests/guide/cancelling.inc"
}
namespace testing_page {
#include "tests/guide/testing.inc"
}
namespace from_timers {
#include "tests/guide/from-timers.inc"
}
namespace backends {
#include "tests/guide/backends.inc"
}

class guide_page : public connected_pair {
 protected:
  void pass(timed::manual_clock::duration by) {
    clock.advance(by);
    settle();
  }

  void peer_sends(const std::string& bytes) {
    net::write(peer, net::buffer(bytes));
    timed::tests::await_delivery(peer.socket().native_handle());
    settle();
  }

  std::string peer_receives(std::size_t size) {
    std::string bytes(size, '\0');
    net::read(peer, net::buffer(bytes));
    return bytes;
  }

  timed::manual_clock clock{context};
};

timed::error_code thrown_code(const std::exception_ptr& thrown) {
  try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& error) {
    return error.code();
  }
  return {};
}

// On a busy machine, "hello" too may take more than the 100 ms, so that it has several tries.
TEST(quick_start, prints_what_it_says) {
  std::string printed;
  int status = 0;
  for (int i = 0; i < 10 && !printed.starts_with("hello"); ++i) {
    const auto started = std::chrono::steady_clock::now();
    std::FILE* const output = ::popen("tests/guide/quick_start", "r");
    ASSERT_NE(output, nullptr);
    std::array<char, 200> memory{};
    printed.assign(memory.data(), std::fread(memory.data(), 1, memory.size(), output));
    status = ::pclose(output);
    EXPECT_GE(std::chrono::steady_clock::now() - started, 100ms);
  }
  EXPECT_EQ(status, 0);
  EXPECT_EQ(printed, "hello\nnothing for 100 ms\n");
}

TEST_F(guide_page, which_deadline_reads_a_line_as_a_whole) {
  std::string memory;
  std::optional<std::string> line;
  start(which_deadline::read_line(stream, memory), line);
  peer_sends("hello\nagain\n");
  EXPECT_EQ(line, "hello\n");
  start(which_deadline::read_line(stream, memory), line);
  settle();
  EXPECT_EQ(line, "again\n");
  timed::error_code ended;
  net::co_spawn(context, which_deadline::read_line(stream, memory),
                [&](std::exception_ptr thrown, std::string) { ended = thrown_code(thrown); });
  settle();
  for (int i = 0; i < 6; ++i) {  // a byte each 900 ms, which is no line
    EXPECT_FALSE(ended);
    pass(900ms);
    peer_sends("x");
  }
  EXPECT_EQ(ended, timed::error::timeout);
}

TEST_F(guide_page, which_deadline_bounds_a_request_and_not_what_follows) {
  std::string answer;
  start(which_deadline::request(stream, answer));
  EXPECT_EQ(clock.next_deadline(), clock.now() + 10s);
  peer_sends("answer\n");
  EXPECT_EQ(answer, "answer\n");
  char byte = 0;
  stream.async_read_some(net::buffer(&byte, 1), [](timed::error_code, std::size_t) {});
  EXPECT_EQ(clock.next_deadline(), std::nullopt);
  stream.close();
  settle();
}

TEST_F(guide_page, which_deadline_goes_on_after_timeouts) {
  std::optional<int> pings;
  start(which_deadline::pings_until_a_byte(stream), pings);
  pass(1s);
  pass(1s);
  EXPECT_EQ(peer_receives(8), "pingping");
  peer_sends("x");
  EXPECT_EQ(pings, 2);
}

TEST_F(guide_page, which_deadline_moves_that_of_an_outstanding_read) {
  stream.expires_after(1s);
  char byte = 0;
  timed::error_code ended;
  stream.async_read_some(net::buffer(&byte, 1),
                         [&](timed::error_code error, std::size_t) { ended = error; });
  start(which_deadline::write_and_keep_reading(stream, "data"));
  EXPECT_EQ(clock.next_deadline(), clock.now() + 30s);
  pass(30s);
  EXPECT_EQ(ended, timed::error::timeout);
}

TEST_F(guide_page, coroutines_throw_or_return_a_timeout) {
  std::string memory(100, '\0');
  std::optional<bool> answered;
  start(coroutines::has_answered(stream, memory), answered);
  pass(1s);
  EXPECT_EQ(answered, false);
  start(coroutines::has_answered(stream, memory), answered);
  peer_sends("yes");
  EXPECT_EQ(answered, true);
  timed::error_code ended;
  net::co_spawn(context, coroutines::read_or_throw(stream, memory),
                [&](std::exception_ptr thrown, std::size_t) { ended = thrown_code(thrown); });
  settle();
  pass(1s);
  EXPECT_EQ(ended, timed::error::timeout);
}

TEST_F(guide_page, coroutines_read_and_write_at_once) {
  std::optional<std::string> received;
  start(coroutines::exchange(stream, "ping"), received);
  EXPECT_EQ(peer_receives(4), "ping");
  peer_sends("pong");
  EXPECT_EQ(received, "pong");
}

TEST_F(guide_page, coroutines_need_no_token_with_a_default_one) {
  coroutines::easy_stream easy(std::move(stream));
  std::string memory(100, '\0');
  timed::error_code ended;
  net::co_spawn(context, coroutines::read_some_of(easy, memory),
                [&](std::exception_ptr thrown, std::size_t) { ended = thrown_code(thrown); });
  peer_sends("first");
  EXPECT_EQ(clock.next_deadline(), clock.now() + 1s);
  pass(1s);
  EXPECT_EQ(ended, timed::error::timeout);
}

TEST_F(guide_page, cancelling_ends_a_connection_by_a_post) {
  const auto connection =
      std::make_shared<cancelling::connection>(cancelling::connection{std::move(stream)});
  timed::error_code ended;
  char byte = 0;
  connection->stream.async_read_some(net::buffer(&byte, 1),
                                     [&](timed::error_code error, std::size_t) { ended = error; });
  settle();
  cancelling::end(connection);
  run();
  EXPECT_EQ(ended, net::error::operation_aborted);
  EXPECT_FALSE(connection->stream.socket().is_open());
}

TEST_F(guide_page, cancelling_ends_one_operation_by_its_slot) {
  net::cancellation_signal stop;
  timed::error_code ended;
  char byte = 0;
  cancelling::read_until_told(stream, net::buffer(&byte, 1), stop,
                              [&](timed::error_code error, std::size_t) { ended = error; });
  settle();
  stop.emit(net::cancellation_type::terminal);
  run();
  EXPECT_EQ(ended, net::error::operation_aborted);
  EXPECT_TRUE(stream.socket().is_open());
}

TEST_F(guide_page, cancelling_ends_all_sessions) {
  std::list<net::cancellation_signal> open;
  std::string memory(10, '\0');
  cancelling::start(
      context.get_executor(),
      [](timed::tcp_stream& its, std::string& into) -> net::awaitable<void> {
        co_await its.async_read_some(net::buffer(into), net::use_awaitable);
      }(stream, memory),
      open);
  settle();
  EXPECT_EQ(open.size(), 1u);
  cancelling::end_all(open);
  run();
  EXPECT_TRUE(open.empty());
}

TEST(testing_page_of_the_guide, ends_its_session_after_an_hour) {
  testing_page::a_session_ends_after_an_hour_of_silence();
}

class from_timers_page : public connected_pair {};

TEST_F(from_timers_page, does_by_hand_what_the_stream_does) {
  from_timers::by_hand one{peer.release_socket()};
  from_timers::by_stream other{std::move(stream)};
  timed::error_code here;
  timed::error_code there;
  one.read([&](timed::error_code error, std::size_t) { here = error; });
  other.read([&](timed::error_code error, std::size_t) { there = error; });
  run();
  EXPECT_EQ(here, net::error::timed_out);
  EXPECT_EQ(there, timed::error::timeout);
}

TEST(backends_page, names_the_backend) {
  EXPECT_EQ(backends::which_backend(), timed::backend::name());
}

TEST(backends_page, sums_up_what_a_context_has_done) {
  timed::backend::io_context context;
  EXPECT_EQ(backends::summary_of(context).find("0 timeouts"), 0U);
}

TEST(backends_page, has_ours_beside_asio) {
  try {
    backends::on_epoll_or_on_a_ring();
  } catch (const boost::system::system_error& refused) {
    GTEST_SKIP() << refused.what();
  }
}

}  // namespace
}  // namespace guide
