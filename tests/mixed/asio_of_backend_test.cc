// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include "tests/mixed/posts_through_plain_asio.h"
#include "tests/mixed/waits_on_plain_asio.h"
#include "timed/tcp_stream.h"

namespace timed::tests {
namespace {

TEST(library_made_for_plain_asio, runs_beside_a_timed_stream_if_it_is_header_only) {
  timed::backend::io_context context;
  const tcp_stream stream(context);
  EXPECT_EQ(wait_on_plain_asio(), 43);
}

TEST(library_made_for_plain_asio, runs_beside_a_timed_stream_if_it_is_compiled_again) {
  timed::backend::io_context context;
  const tcp_stream stream(context);
  EXPECT_EQ(post_through_plain_asio(), 42);
}

}  // namespace
}  // namespace timed::tests
