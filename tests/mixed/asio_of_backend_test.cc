// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <boost/system/system_error.hpp>
#include <cerrno>
#include <chrono>
#include <thread>

#include "tests/mixed/posts_through_plain_asio.h"
#include "tests/mixed/waits_on_plain_asio.h"
#include "timed/tcp_stream.h"

namespace timed::tests {
namespace {

using namespace std::chrono_literals;

// The kernel frees the locked memory of a closed ring a little later. timed::backend::io_context
// waits for that, and Asio's own does not.
int wait_when_memory_can_be_locked() {
  for (const auto give_up = std::chrono::steady_clock::now() + 30s;;) {
    try {
      return wait_on_plain_asio();
    } catch (const boost::system::system_error& refused) {
      if (refused.code().value() != ENOMEM || std::chrono::steady_clock::now() > give_up) throw;
    }
    std::this_thread::sleep_for(5ms);
  }
}

TEST(library_made_for_plain_asio, runs_beside_a_timed_stream_if_it_is_header_only) {
  timed::backend::io_context context;
  const tcp_stream stream(context);
  EXPECT_EQ(wait_when_memory_can_be_locked(), 43);
}

TEST(library_made_for_plain_asio, runs_beside_a_timed_stream_if_it_is_compiled_again) {
  timed::backend::io_context context;
  const tcp_stream stream(context);
  EXPECT_EQ(post_through_plain_asio(), 42);
}

}  // namespace
}  // namespace timed::tests
