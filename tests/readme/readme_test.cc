// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace {

TEST(readme, example_greets_a_server) {
  const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<::sockaddr*>(&address);
  ASSERT_EQ(::bind(listening, generic, size), 0);
  ASSERT_EQ(::listen(listening, 1), 0);
  ASSERT_EQ(::getsockname(listening, generic, &size), 0);

  const std::string port = std::to_string(ntohs(address.sin_port));
  ASSERT_EQ(std::system(("tests/readme/example " + port).c_str()), 0);

  const int accepted = ::accept(listening, nullptr, nullptr);
  char received[100];
  const ::ssize_t bytes = ::recv(accepted, received, sizeof(received), MSG_WAITALL);
  ASSERT_GT(bytes, 0);
  EXPECT_EQ(std::string(received, static_cast<std::size_t>(bytes)), "hello");
  ::close(accepted);
  ::close(listening);
}

}  // namespace
