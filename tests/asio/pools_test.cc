// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Streams on a thread pool, which Asio's backends have and ours has not.

#include <gtest/gtest.h>

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "tests/support/driver_tests.h"

namespace timed::tests {
namespace {

using pool = net::thread_pool;
using pool_executor = pool::executor_type;

using kinds =
    testing::Types<kind<pool, pool_executor>, kind<pool, net::strand<pool_executor>>,
                   kind<pool, any_of<pool_executor>>,
                   kind<pool, any_of<net::strand<pool_executor>>>,
                   kind<pool, any_of<opaque<pool_executor>>>, kind<pool, opaque<pool_executor>>>;
INSTANTIATE_TYPED_TEST_SUITE_P(pools, driver, kinds);

}  // namespace
}  // namespace timed::tests
