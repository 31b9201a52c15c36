// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/readme/readme_example.inc"

#include <gtest/gtest.h>

#include <exception>
#include <string>

namespace {

TEST(readme, example_greets_a_server) {
  timed::backend::io_context context;
  timed::backend::basic_acceptor<net::ip::tcp> acceptor(context,
                                                        {net::ip::address_v4::loopback(), 0});
  timed::tcp_stream::socket_type accepted(context);
  acceptor.async_accept(accepted, net::detached);
  net::co_spawn(context, greet(acceptor.local_endpoint()), [](std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
  context.run();
  std::string received;
  boost::system::error_code ec;
  net::read(accepted, net::dynamic_buffer(received), ec);
  EXPECT_EQ(received, std::string("hello", 6));
}

}  // namespace
