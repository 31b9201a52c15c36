// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What a process may not have any more of.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

#include "tests/uring/support.h"

namespace timed::uring::tests {
namespace {

// While it lives, no file descriptor can be had.
class no_descriptors_left {
 public:
  no_descriptors_left() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const ::rlimit none{.rlim_cur = 3, .rlim_max = before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  no_descriptors_left(const no_descriptors_left&) = delete;
  ~no_descriptors_left() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  ::rlimit before_{};
};

TEST(descriptors, that_are_used_up_are_said_by_a_new_context_with_the_remedy) {
  const no_descriptors_left limit;
  try {
    io_context context;
    ADD_FAILURE() << "it has one";
  } catch (const boost::system::system_error& refused) {
    EXPECT_EQ(refused.code().value(), EMFILE);
    EXPECT_NE(std::string(refused.what()).find("ulimit -n"), std::string::npos) << refused.what();
  }
}

TEST(descriptors, that_are_used_up_fail_an_accept_and_the_connection_is_there_afterwards) {
  io_context context;
  basic_acceptor<net::ip::tcp> acceptor(context, {net::ip::address_v4::loopback(), 0});
  tcp_socket client(context), accepted(context), opened(context);
  client.connect(acceptor.local_endpoint());
  std::optional<result> first, second;
  {
    const no_descriptors_left limit;
    error_code ec;
    opened.open(net::ip::tcp::v4(), ec);
    EXPECT_EQ(ec, net::error::no_descriptors);
    acceptor.async_accept(accepted, store(first));
    context.run();
  }
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->ec, net::error::no_descriptors);
  EXPECT_FALSE(accepted.is_open());
  acceptor.async_accept(accepted, store(second));
  context.restart();
  context.run();
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->ec, error_code());
  EXPECT_TRUE(accepted.is_open());
}

// In a process of its own, which is an ordinary user's: others may lock what they like.
[[noreturn]] void make_context_without_lockable_memory() {
  const ::rlimit none{};
  if (::setrlimit(RLIMIT_MEMLOCK, &none) != 0) std::exit(2);
  if (::setresuid(65534, 65534, 65534) != 0) std::cerr << "still the same user; ";
  try {
    io_context context;
  } catch (const boost::system::system_error& refused) {
    std::cerr << refused.what();
    std::exit(refused.code().value() == ENOMEM ? 1 : 4);
  }
  std::cerr << "RLIMIT_MEMLOCK does not add_ref for rings on this kernel";
  std::exit(0);
}

// Privileged users, and kernels that account rings otherwise, let it be made.
TEST(lockable_memory, that_is_used_up_is_said_with_the_remedy) {
  EXPECT_EXIT(
      make_context_without_lockable_memory(),
      [](int status) {
        return WIFEXITED(status) && (WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 0);
      },
      "RLIMIT_MEMLOCK");
}

}  // namespace
}  // namespace timed::uring::tests
