// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_MIXED_WAITS_ON_PLAIN_ASIO_H
#define TIMED_TESTS_MIXED_WAITS_ON_PLAIN_ASIO_H

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

/// Waits on a timer of a context of its own: what an epoll instance and a ring are needed for.
/// @return 43.
inline int wait_on_plain_asio() {
  boost::asio::io_context context;
  boost::asio::steady_timer timer(context, std::chrono::milliseconds(1));
  int result = 0;
  timer.async_wait([&](auto ec) { result = ec ? 0 : 43; });
  context.run();
  return result;
}

#endif  // TIMED_TESTS_MIXED_WAITS_ON_PLAIN_ASIO_H
