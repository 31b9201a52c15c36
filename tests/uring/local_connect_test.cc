// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Unix sockets, which connect at once or not at all.

#include <gtest/gtest.h>

#include <boost/system/error_code.hpp>
#include <filesystem>
#include <iterator>
#include <list>
#include <optional>

#include "tests/support/full_listener.h"
#include "tests/uring/support.h"

namespace timed::uring::tests {
namespace {

using timed::tests::full_listener;

std::ptrdiff_t threads_of_this_process() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

TEST(local_connect, to_a_full_backlog_says_so_and_blocks_no_thread) {
  io_context context;
  full_listener listener;
  const auto threads = threads_of_this_process();
  std::list<unix_socket> sockets;
  int refused = 0;
  for (int i = 0; i < 50; ++i) {
    sockets.emplace_back(context).async_connect(listener.endpoint(), [&](error_code ec) {
      EXPECT_EQ(ec, net::error::no_buffer_space);
      EXPECT_LE(threads_of_this_process(), threads);  // those of other tests may end late
      ++refused;
    });
  }
  EXPECT_EQ(refused, 0);
  context.run();
  EXPECT_EQ(refused, 50);
}

TEST(local_connect, leaves_the_descriptor_as_blocking_as_it_was) {
  io_context context;
  full_listener listener;
  listener.accept(listener.waiting());
  for (const bool is_non_blocking : {false, true}) {
    unix_socket client(context, net::local::stream_protocol());
    client.native_non_blocking(is_non_blocking);
    std::optional<error_code> done;
    client.async_connect(listener.endpoint(), [&](error_code ec) { done = ec; });
    context.restart();
    context.run();
    EXPECT_EQ(done, error_code());
    EXPECT_EQ(client.native_non_blocking(), is_non_blocking);
    listener.accept(1);
  }
}

}  // namespace
}  // namespace timed::uring::tests
