// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What a deadline costs, counted: a regression shows on any machine, however noisy. 16 writes of 64
// bytes over TCP loopback, each started by the handler of the one before, by the socket's own
// operation and by the stream's, with and without deadline.

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>

#include <array>
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/allocations.h"
#include "tests/support/connected.h"
#include "timed/detail/recent_time.h"
#include "tools/counting/traced.h"

namespace {

std::atomic<std::uint64_t> locks = 0;

}  // namespace

// In place of the C library's, for this program and all that it links.
extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  static const auto real =
      reinterpret_cast<int (*)(pthread_mutex_t*)>(::dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  locks.fetch_add(1, std::memory_order_relaxed);
  return real(mutex);
}

namespace timed::tests {
namespace {

using plain = timed::backend::io_context::executor_type;
using any = net::any_io_executor;

constexpr int writes = 16;
constexpr std::size_t bytes_per_write = 64;

// How a write is made.
struct raw {
  static void prepare(auto&) {}
  static void start(auto& stream, net::const_buffer data, auto handler) {
    stream.socket().async_write_some(data, std::move(handler));
  }
};
struct untimed {
  static void prepare(auto&) {}
  static void start(auto& stream, net::const_buffer data, auto handler) {
    stream.async_write_some(data, std::move(handler));
  }
};
struct expires_after {
  static void prepare(auto&) {}
  static void start(auto& stream, net::const_buffer data, auto handler) {
    stream.expires_after(30s);
    stream.async_write_some(data, std::move(handler));
  }
};
struct idle_timeout {
  static void prepare(auto& stream) { stream.timeout(30s); }
  static void start(auto& stream, net::const_buffer data, auto handler) {
    stream.async_write_some(data, std::move(handler));
  }
};

template <class Way, class Executor>
class loop {
 public:
  loop() {
    connect_sockets(stream_.socket(), peer_);
    Way::prepare(stream_);
    run();  // so that what is kept for reuse is there
    run();
  }

  // @return How many handlers were called.
  std::size_t run() {
    remaining_ = writes;
    context_.restart();
    next();
    const std::size_t handlers = context_.run();
    EXPECT_EQ(remaining_, 0);
    std::array<char, writes * bytes_per_write> received;
    net::read(peer_, net::buffer(received));
    return handlers;
  }

  // The same, which is what `traced` counts. Step by step it takes so long that what the thread
  // knows of the time would be out of date.
  void run_marked() {
    detail::recent_time::get();
    detail::recent_time::believe_last_look();
    remaining_ = writes;
    context_.restart();
    counting::mark();
    next();
    context_.run();
    counting::mark();
  }

 private:
  void next() {
    Way::start(stream_, net::buffer(data_), [this](error_code ec, std::size_t bytes) {
      ASSERT_TRUE(!ec && bytes == bytes_per_write) << ec;
      if (--remaining_ > 0) next();
    });
  }

  timed::backend::io_context context_;
  typename tcp_stream::rebind_executor<Executor>::other stream_{context_};
  typename decltype(stream_)::socket_type peer_{context_};
  std::array<char, bytes_per_write> data_{};
  int remaining_ = 0;
};

// Per write.
struct cost {
  double instructions = 0;
  double system_calls = 0;
  double allocations = 0;
  double handlers = 0;
  double locks = 0;
};

template <class Way, class Executor>
cost cost_of(const char* name) {
  const auto counts = counting::traced([] { loop<Way, Executor>().run_marked(); });
  loop<Way, Executor> counted;
  const allocation_count allocations;
  const std::uint64_t locks_before = locks;
  const std::size_t handlers = counted.run();
  const auto per_write = [](auto count) { return static_cast<double>(count) / writes; };
  const cost result{.instructions = per_write(counts.instructions),
                    .system_calls = per_write(counts.all_system_calls()),
                    .allocations = per_write(allocations.since()),
                    .handlers = per_write(handlers),
                    .locks = per_write(locks - locks_before)};
  std::printf(
      "%-14s instructions %7.1f  system calls %5.2f  allocations %4.2f  handlers %4.2f  "
      "locks %5.2f\n",
      name, result.instructions, result.system_calls, result.allocations, result.handlers,
      result.locks);
  return result;
}

template <class Executor>
class cost_of_a_write : public testing::Test {};
struct executor_names {
  template <class Executor>
  static std::string GetName(int) {
    return std::is_same_v<Executor, plain> ? "io_context" : "any_io_executor";
  }
};
using executors = testing::Types<plain, any>;
TYPED_TEST_SUITE(cost_of_a_write, executors, executor_names);

// 60 is what a deadline may cost. What the stream itself costs, a deadline or not, is not to grow
// unnoticed; it was 213 to 275 when this was written, 2 % of the time that a write takes.
TYPED_TEST(cost_of_a_write, with_a_deadline_is_that_of_one_without) {
  const cost by_socket = cost_of<raw, TypeParam>("raw");
  const cost without = cost_of<untimed, TypeParam>("untimed");
  const cost with_deadline = cost_of<expires_after, TypeParam>("expires_after");
  const cost with_idle_timeout = cost_of<idle_timeout, TypeParam>("idle_timeout");
  for (const cost& each : {without, with_deadline, with_idle_timeout}) {
    EXPECT_EQ(each.system_calls, by_socket.system_calls);
    EXPECT_EQ(each.allocations, by_socket.allocations);
    EXPECT_EQ(each.handlers, by_socket.handlers);
    EXPECT_EQ(each.locks, by_socket.locks);
  }
  EXPECT_LE(with_deadline.instructions - without.instructions, 60);
  EXPECT_LE(with_idle_timeout.instructions - without.instructions, 60);
  EXPECT_LE(without.instructions - by_socket.instructions, 300);
}

}  // namespace
}  // namespace timed::tests
