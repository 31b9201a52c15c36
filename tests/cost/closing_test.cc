// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tests/support/connected.h"
#include "tools/counting/traced.h"

namespace timed::tests {
namespace {

// A connection that waits for both its ends.
struct idle_connection {
  explicit idle_connection(timed::backend::io_context& context) : a(context) {
    connect_sockets(a, b.emplace(context));
    for (auto* each : {&a, &*b}) {
      each->async_read_some(net::buffer(memory), [](error_code, std::size_t) {});
    }
  }

  using socket_type = timed::backend::basic_stream_socket<net::local::stream_protocol>;
  socket_type a;
  std::optional<socket_type> b;
  std::array<char, 8> memory{};
};

// @return How many instructions it takes to read from a connection, for which there is something,
//     and to close it before that is known.
std::uint64_t cost_of_closing_beside(int idle_connections) {
  return counting::traced([&] {
           timed::backend::io_context context;
           std::vector<std::unique_ptr<idle_connection>> idle;
           for (int i = 0; i < idle_connections; ++i) {
             idle.push_back(std::make_unique<idle_connection>(context));
           }
           idle_connection::socket_type a(context), b(context);
           connect_sockets(a, b);
           std::array<char, 8> memory{};
           bool has_ended = false;
           const auto read = [&] {
             a.async_read_some(net::buffer(memory),
                               [&](error_code, std::size_t) { has_ended = true; });
           };
           // A read that waits: the native backend leaves the next one to the kernel without a try.
           read();
           context.poll();
           b.write_some(net::buffer("x", 1));
           while (!std::exchange(has_ended, false)) context.run_one();
           b.write_some(net::buffer("x", 1));
           net::post(context, [&] {
             counting::mark();
             read();
             a.close();
           });
           while (!has_ended) context.run_one();
           context.poll_one();
           counting::mark();
         })
      .instructions;
}

TEST(closing, costs_the_same_beside_a_few_connections_as_beside_many) {
  const std::uint64_t few = cost_of_closing_beside(5), many = cost_of_closing_beside(200);
  std::printf("%llu and %llu instructions\n", static_cast<unsigned long long>(few),
              static_cast<unsigned long long>(many));
  EXPECT_LT(many, few + 500);
}

}  // namespace
}  // namespace timed::tests
