// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <iostream>

#include "tests/mixed/posts_through_plain_asio.h"
#include "timed/tcp_stream.h"

int main() {
  timed::backend::io_context context;
  const timed::tcp_stream stream(context);
  std::cout << timed::backend::name() << ' ' << post_through_plain_asio() << '\n';
}
