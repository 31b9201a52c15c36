// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <optional>

#include "backends/active.h"
#include "tests/support/connected.h"
#include "timed/backend.h"

namespace timed::tests {
namespace {

using active_backend = connected<tcp_stream>;

TEST_F(active_backend, is_the_one_that_the_flag_names_while_a_timed_write_is_at_work) {
  std::optional<result> done;
  stream.expires_after(30s);
  stream.async_write_some(net::buffer("x", 1), store(done));
  EXPECT_EQ(backend::active(), backend::name());
  run_until(done);
  EXPECT_EQ(backend::active(), backend::name());
}

TEST_F(active_backend, has_no_reason_to_be_unavailable) {
  EXPECT_EQ(backend::unavailable_reason(), "");
}

// With io_uring these lock more memory, one after the other, than a user may have at a time.
TEST(io_context, can_be_made_again_and_again) {
  for (int i = 0; i < 100; ++i) EXPECT_NO_THROW(backend::io_context());
}

}  // namespace
}  // namespace timed::tests
