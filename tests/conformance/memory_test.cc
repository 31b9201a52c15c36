// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>

#include "tests/support/connected.h"

namespace timed::tests {
namespace {

using plain = timed::backend::io_context::executor_type;
using any = net::any_io_executor;

template <class Executor>
using socket_on = typename tcp_stream::rebind_executor<Executor>::other::socket_type;

// What a stream allocates once, for as long as it lives. Beast's takes 344 and 536 bytes.
static_assert(sizeof(detail::stream_state<socket_on<plain>, unlimited_rate_policy>) <= 344);
static_assert(sizeof(detail::stream_state<socket_on<any>, unlimited_rate_policy>) <= 536);

// Notes the largest block that it was asked for.
template <class T>
struct noting_allocator {
  using value_type = T;
  explicit noting_allocator(std::size_t& noted) : most(&noted) {}
  template <class U>
  noting_allocator(const noting_allocator<U>& other) : most(other.most) {}
  T* allocate(std::size_t n) {
    *most = std::max(*most, n * sizeof(T));
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* memory, std::size_t n) { std::allocator<T>().deallocate(memory, n); }
  friend bool operator==(const noting_allocator& a, const noting_allocator& b) {
    return a.most == b.most;
  }
  std::size_t* most;
};

template <class Executor>
class memory : public testing::Test {
 public:
  using stream_type = typename tcp_stream::rebind_executor<Executor>::other;

  // A handler as small as one gets.
  struct handler {
    bool* called;
    void operator()(error_code, std::size_t) const { *called = true; }
  };

  template <class Start>
  std::size_t most_of(Start start) {
    bool called = false;
    std::size_t most = 0;
    context.restart();
    start(net::bind_allocator(noting_allocator<char>(most), handler{&called}));
    while (!called && context.run_one_for(20s) != 0) {
    }
    EXPECT_TRUE(called);
    return most;
  }

  timed::backend::io_context context;
  stream_type stream{context};
  typename stream_type::socket_type peer{context};
  // What Beast's operations take besides the socket's own, of one buffer and with a small handler:
  // on Asio's epoll 208 bytes instead of 128 and, with the other executor, 416 instead of 176.
  static constexpr std::size_t beast_adds = std::is_same_v<Executor, plain> ? 80 : 240;
};
using executors = testing::Types<plain, any>;
TYPED_TEST_SUITE(memory, executors);

TYPED_TEST(memory, of_a_timed_read_and_write_is_no_more_than_that_of_beast) {
  connect_sockets(this->stream.socket(), this->peer);
  std::array<char, 8> bytes{};
  this->peer.write_some(net::buffer("x", 1));
  this->stream.expires_after(20s);
  const auto read = this->most_of(
      [&](auto token) { this->stream.async_read_some(net::buffer(bytes), std::move(token)); });
  const auto write = this->most_of(
      [&](auto token) { this->stream.async_write_some(net::buffer("x", 1), std::move(token)); });
  const auto raw = this->most_of(
      [&](auto token) { this->peer.async_write_some(net::buffer("x", 1), std::move(token)); });
  std::printf("bytes of an operation: read %zu, write %zu, the socket's own write %zu\n", read,
              write, raw);
  EXPECT_LE(read, raw + this->beast_adds);
  EXPECT_LE(write, raw + this->beast_adds);
}

}  // namespace
}  // namespace timed::tests
