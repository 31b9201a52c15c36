// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Every public operation while each of its allocations fails in turn: it throws, and then its
// handler is never called and the stream can be used; or it completes as if nothing had been.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cctype>
#include <cstddef>
#include <functional>
#include <new>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/allocations.h"
#include "tests/support/connected.h"
#include "tests/support/open_descriptors.h"
#include "timed/rate_policy.h"
#include "timed/teardown.h"
#include "timed/with_timeout.h"

namespace timed::tests {
namespace {

// A context with a connected stream, and one that is not connected; new for each attempt.
struct streams {
  streams() {
    connect_sockets(stream.socket(), peer);
    connect_sockets(limited.socket(), other_peer);
    limited.rate_policy().write_limit(1'000'000);
  }

  timed::backend::io_context context;
  tcp_acceptor acceptor{context, {net::ip::address_v4::loopback(), 0}};
  tcp_stream stream{context}, closed{context};
  basic_stream<net::ip::tcp, net::any_io_executor, simple_rate_policy> limited{context};
  tcp_socket peer{context}, other_peer{context};
  std::array<char, 8> memory{};
  int handlers = 0;
  error_code reported;
};

struct counting_handler {
  streams* with;
  void operator()(error_code ec, std::size_t = 0) const {
    ++with->handlers;
    with->reported = ec;
  }
  void operator()(error_code ec, const net::ip::tcp::endpoint&) const { (*this)(ec); }
};

struct operation {
  std::string name;
  std::function<void(streams&)> start;
  bool completes = true;  // its handler is called at the end
  error_code with{};
  bool ends_connection = false;
};

void PrintTo(const operation& printed, std::ostream* to) {
  *to << printed.name;
}

std::vector<operation> operations() {
  const auto role = boost::beast::role_type{1};
  return {
      {"read that waits",
       [](streams& s) {
         s.stream.expires_after(1ms);
         s.stream.async_read_some(net::buffer(s.memory), counting_handler{&s});
       },
       true, error::timeout},
      {"read of what is there",
       [](streams& s) {
         s.peer.write_some(net::buffer("y", 1));
         s.stream.expires_after(20s);
         s.stream.async_read_some(net::buffer(s.memory), counting_handler{&s});
       }},
      {"write",
       [](streams& s) {
         s.stream.timeout(20s);
         s.stream.async_write_some(net::buffer("x", 1), counting_handler{&s});
       }},
      {"composed write with a timeout of its own",
       [](streams& s) {
         net::async_write(s.stream, net::buffer("x", 1), with_timeout(20s, counting_handler{&s}));
       }},
      {"operation that may not start",
       [](streams& s) {
         s.stream.expires_after(0s);
         s.stream.async_write_some(net::buffer("x", 1), counting_handler{&s});
       },
       true, error::timeout, true},  // its deadline has passed, which closes the stream
      {"connect",
       [](streams& s) {
         s.closed.expires_after(20s);
         s.closed.async_connect(s.acceptor.local_endpoint(), counting_handler{&s});
       }},
      {"connect to a range",
       [](streams& s) {
         s.closed.expires_after(20s);
         s.closed.async_connect(std::vector{s.acceptor.local_endpoint()}, counting_handler{&s});
       }},
      {"teardown",
       [](streams& s) {
         s.peer.close();
         async_teardown(role, s.stream, counting_handler{&s});
       },
       true,
       {},
       true},
      {"synchronous connect",
       [](streams& s) {
         s.closed.sync_deadlines(true);
         s.closed.expires_after(20s);
         s.closed.connect(s.acceptor.local_endpoint());
       },
       false},
      {"synchronous read and write",
       [](streams& s) {
         s.stream.sync_deadlines(true);
         s.stream.expires_after(20s);
         s.peer.write_some(net::buffer("y", 1));
         s.stream.read_some(net::buffer(s.memory));
         s.stream.write_some(net::buffer("x", 1));
       },
       false},
      {"move, assignment and use of what is moved from",
       [](streams& s) {
         tcp_stream moved(std::move(s.closed));
         s.closed.expires_after(20s);
         s.closed = std::move(moved);
         moved.timeout(20s);
       },
       false},
      {"release_socket", [](streams& s) { tcp_socket released = s.closed.release_socket(); },
       false},
      {"rebinding",
       [](streams& s) {
         using rebound =
             tcp_stream::rebind_executor<timed::backend::io_context::executor_type>::other;
         rebound other(s.context);
         tcp_stream back(std::move(other));
       },
       false},
      {"write with a rate limit",
       [](streams& s) {
         s.limited.expires_after(20s);
         s.limited.async_write_some(net::buffer("x", 1), counting_handler{&s});
       }},
      {"write that waits for the rate limit",
       [](streams& s) {
         s.limited.rate_policy().write_limit(0);
         s.limited.expires_after(1ms);
         s.limited.async_write_some(net::buffer("x", 1), counting_handler{&s});
       },
       true, error::timeout},
  };
}

// Runs until nothing is outstanding, though an exception may come from there too.
void run_to_end(streams& with, int& exceptions) {
  for (;;) {
    try {
      with.context.restart();
      with.context.run_for(20s);
      return;
    } catch (const std::bad_alloc&) {
      ++exceptions;
    }
  }
}

template <class Stream>
void expect_usable(streams& with, Stream& stream) {
  std::optional<result> done;
  stream.expires_after(20s);
  stream.async_write_some(net::buffer("z", 1), store(done));
  with.context.restart();
  with.context.run_for(20s);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error_code());
}

// @return Whether the shortage was met.
bool attempt(const operation& which, std::size_t skipped) {
  streams with;
  bool has_thrown = false, was_met = false;
  int exceptions = 0;
  {
    const memory_shortage once(skipped);
    try {
      which.start(with);
    } catch (const std::bad_alloc&) {
      has_thrown = true;
    }
    run_to_end(with, exceptions);
    was_met = once.was_met();
  }
  EXPECT_TRUE(with.context.stopped()) << "something is still outstanding";
  if (has_thrown) {
    EXPECT_EQ(with.handlers, 0);
  }
  if (which.completes && with.handlers == 0) {
    EXPECT_TRUE(has_thrown || exceptions > 0) << "a handler is not called";
    with.limited.rate_policy().write_limit(1'000'000);
    // What ends a connection either has not begun, or has closed the stream.
    if (!which.ends_connection || with.stream.socket().is_open()) expect_usable(with, with.stream);
    expect_usable(with, with.limited);
  } else if (which.completes) {
    EXPECT_EQ(with.handlers, 1);
    EXPECT_EQ(with.reported, which.with);
  }
  return was_met;
}

using unix_protocol = net::local::stream_protocol;
using unix_socket = timed::backend::basic_stream_socket<unix_protocol>;

TEST(memory_shortage, of_assign_leaves_the_descriptor_to_the_caller) {
  bool was_met = true;
  for (std::size_t skipped = 0; was_met; ++skipped) {
    timed::backend::io_context context;
    unix_socket socket(context);
    std::array<int, 2> natives{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, natives.data()), 0);
    bool is_taken = false;
    {
      const memory_shortage once(skipped);
      try {
        socket.assign(unix_protocol(), natives[0]);
        is_taken = true;
      } catch (const std::bad_alloc&) {
      }
      was_met = once.was_met();
    }
    EXPECT_GE(::fcntl(natives[0], F_GETFD), 0) << "closed, after " << skipped << " allocations";
    if (!is_taken) ::close(natives[0]);
    ::close(natives[1]);
  }
}

TEST(memory_shortage, of_a_new_pair_of_sockets_leaves_no_descriptor_open) {
  if (timed::backend::name() != "io_uring_native") {
    GTEST_SKIP() << "Asio's own function leaves them open";
  }
  bool was_met = true;
  for (std::size_t skipped = 0; was_met; ++skipped) {
    timed::backend::io_context context;
    const int before = open_descriptors();
    {
      unix_socket a(context), b(context);
      const memory_shortage once(skipped);
      try {
        timed::backend::connect_pair(a, b);
      } catch (const std::bad_alloc&) {
        EXPECT_FALSE(a.is_open() || b.is_open());
      }
      was_met = once.was_met();
    }
    EXPECT_EQ(open_descriptors(), before) << "after " << skipped << " allocations";
  }
}

class memory_shortage_of : public testing::TestWithParam<operation> {};

TEST_P(memory_shortage_of, each_allocation_in_turn_is_thrown_or_does_not_matter) {
  std::size_t skipped = 0;
  while (attempt(GetParam(), skipped)) {
    if (testing::Test::HasFailure()) FAIL() << "after " << skipped << " allocations";
    ASSERT_LT(++skipped, 1000u);
  }
}

INSTANTIATE_TEST_SUITE_P(operations, memory_shortage_of, testing::ValuesIn(operations()),
                         [](const auto& tested) {
                           std::string name = tested.param.name;
                           for (char& each : name) each = std::isalnum(each) ? each : '_';
                           return name;
                         });

}  // namespace
}  // namespace timed::tests
