// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Connects to a Unix listener on which as many connections wait to be accepted as may.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tests/support/connected.h"
#include "tests/support/full_listener.h"
#include "timed/manual_clock.h"

namespace timed::tests {
namespace {

using endpoint_type = full_listener::endpoint_type;

// Those of io_uring count too.
std::ptrdiff_t threads_of_this_process() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

class full_backlog : public testing::Test {
 public:
  void run_until_done() {
    context.restart();
    while (!done && context.run_one_for(20s) != 0) {
    }
    ASSERT_TRUE(done.has_value());
  }

  timed::backend::io_context context;
  full_listener listener;
  unix_stream stream{context};
  std::optional<result> done;
  error_code ec;
};

TEST_F(full_backlog, makes_a_connect_wait_for_its_deadline) {
  const auto start = std::chrono::steady_clock::now();
  stream.expires_after(50ms);
  stream.async_connect(listener.endpoint(), store(done));
  run_until_done();
  EXPECT_EQ(done->ec, error::timeout);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 50ms);
  EXPECT_FALSE(stream.socket().is_open());
}

TEST_F(full_backlog, makes_a_connect_wait_for_room) {
  for (const bool by_range : {false, true}) {
    done.reset();
    stream.close();
    stream.expires_after(20s);
    if (by_range) {
      stream.async_connect(std::vector<endpoint_type>(2, listener.endpoint()),
                           [&](error_code failed, const endpoint_type&) { done = result{failed}; });
    } else {
      stream.async_connect(listener.endpoint(), store(done));
    }
    context.restart();
    context.run_for(30ms);
    EXPECT_FALSE(done.has_value());
    listener.accept(1);
    run_until_done();
    EXPECT_EQ(done->ec, error_code());
    EXPECT_EQ(stream.socket().remote_endpoint(), listener.endpoint());
    EXPECT_EQ(stream.write_some(net::buffer("x", 1), ec), 1u);
  }
}

TEST_F(full_backlog, takes_no_thread_for_each_connect_and_lets_none_report_success) {
  const auto threads = threads_of_this_process();
  std::vector<std::unique_ptr<unix_stream>> streams;
  int timeouts = 0;
  for (int i = 0; i < 100; ++i) {
    auto& each = *streams.emplace_back(std::make_unique<unix_stream>(context));
    each.expires_after(200ms);
    each.async_connect(listener.endpoint(), [&](error_code failed) {
      EXPECT_EQ(failed, error::timeout);
      ++timeouts;
    });
  }
  context.run_for(50ms);
  EXPECT_LT(threads_of_this_process(), threads + 50);  // the kernel may have some of its own
  context.run_for(20s);
  EXPECT_EQ(timeouts, 100);
}

TEST_F(full_backlog, lets_all_connects_through_as_they_are_accepted) {
  std::vector<std::unique_ptr<unix_stream>> streams;
  int connected = 0;
  for (int i = 0; i < 20; ++i) {
    auto& each = *streams.emplace_back(std::make_unique<unix_stream>(context));
    each.expires_after(20s);
    each.async_connect(listener.endpoint(), [&](error_code failed) {
      EXPECT_EQ(failed, error_code());
      ++connected;
      listener.accept(1);
    });
  }
  listener.accept(1);
  context.run_for(20s);
  EXPECT_EQ(connected, 20);
}

TEST_F(full_backlog, makes_a_connect_wait_until_it_is_cancelled) {
  net::cancellation_signal signal;
  const std::vector<void (*)(unix_stream&, net::cancellation_signal&)> ways = {
      [](unix_stream& ended, net::cancellation_signal&) { ended.cancel(); },
      [](unix_stream& ended, net::cancellation_signal&) { ended.close(); },
      [](unix_stream& ended, net::cancellation_signal&) { ended.socket().close(); },
      [](unix_stream& ended, net::cancellation_signal&) { unix_stream gone(std::move(ended)); },
      [](unix_stream& ended, net::cancellation_signal&) { (void)ended.release_socket(); },
      [](unix_stream&, net::cancellation_signal& slot) {
        slot.emit(net::cancellation_type::total);
      }};
  for (const auto& way : ways) {
    done.reset();
    stream.async_connect(listener.endpoint(),
                         net::bind_cancellation_slot(signal.slot(), store(done)));
    context.restart();
    context.run_for(5ms);
    EXPECT_FALSE(done.has_value());
    way(stream, signal);
    run_until_done();
    EXPECT_EQ(done->ec, net::error::operation_aborted);
  }
}

TEST_F(full_backlog, makes_a_connect_wait_under_manual_time_too) {
  manual_clock clock(context);
  stream.expires_after(1h);
  stream.async_connect(listener.endpoint(), store(done));
  context.run_for(5ms);
  EXPECT_FALSE(done.has_value());
  listener.accept(1);
  run_until_done();
  EXPECT_EQ(done->ec, error_code());
}

TEST_F(full_backlog, does_not_affect_a_connect_that_has_room) {
  listener.accept(listener.waiting());
  stream.async_connect(listener.endpoint(), store(done));
  EXPECT_FALSE(done.has_value());
  run_until_done();
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(stream.socket().remote_endpoint(), listener.endpoint());
}

TEST_F(full_backlog, differs_from_an_endpoint_without_a_listener) {
  stream.async_connect(endpoint_type("/nowhere/at/all"), store(done));
  run_until_done();
  EXPECT_EQ(done->ec, error_code(ENOENT, boost::system::system_category()));
}

}  // namespace
}  // namespace timed::tests
