// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/mixed/posts_through_plain_asio.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

int post_through_plain_asio() {
  boost::asio::io_context context;
  int result = 0;
  boost::asio::post(context, [&] { result = 42; });
  context.run();
  return result;
}
