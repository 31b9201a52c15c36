// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What a deadline costs, counted: a regression shows on any machine, however noisy. 8 writes or
// reads of 64 bytes over TCP loopback, each started by the handler of the one before, by the
// socket's own operation and by the stream's, with and without deadline.

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/allocations.h"
#include "tests/support/connected.h"
#include "timed/detail/cheap_clock.h"
#include "tools/counting/stepped_clock.h"
#include "tools/counting/traced.h"

namespace {

std::atomic<std::uint64_t> locks = 0;
std::atomic<std::uint64_t> steady_reads = 0;

}  // namespace

// In place of the C library's, for this program and all that it links.
extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  static const auto real =
      reinterpret_cast<int (*)(pthread_mutex_t*)>(::dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  locks.fetch_add(1, std::memory_order_relaxed);
  return real(mutex);
}

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const auto real =
      reinterpret_cast<int (*)(clockid_t, timespec*)>(::dlsym(RTLD_NEXT, "clock_gettime"));
  if (clock == CLOCK_MONOTONIC) steady_reads.fetch_add(1, std::memory_order_relaxed);
  return real(clock, time);
}

namespace timed::tests {
namespace {

using plain = timed::backend::io_context::executor_type;
using any = net::any_io_executor;

constexpr int operations = 8;
constexpr int started_operations = operations + 1;  // the first one is not started by a handler
constexpr std::size_t bytes_per_operation = 64;

// What is done.
struct write_some {
  static void start(auto& on, net::mutable_buffer data, auto handler) {
    on.async_write_some(net::const_buffer(data), std::move(handler));
  }
};
struct read_some {
  static void start(auto& on, net::mutable_buffer data, auto handler) {
    on.async_read_some(data, std::move(handler));
  }
};

// With what deadline. Inline, as a handler that sets a deadline has that call in itself.
struct raw {
  static void prepare(auto&) {}
  static void before_each(auto&) {}
};
struct untimed : raw {};
struct expires_never : raw {
  [[gnu::always_inline]] static void before_each(auto& stream) { stream.expires_never(); }
};
struct expires_after : raw {
  [[gnu::always_inline]] static void before_each(auto& stream) { stream.expires_after(30s); }
};
struct alternating : raw {
  static void before_each(auto& stream) {
    static bool is_long = false;
    is_long = !is_long;
    is_long ? stream.expires_after(30s) : stream.expires_after(200ms);
  }
};
struct idle_timeout : raw {
  static void prepare(auto& stream) { stream.timeout(30s); }
};

template <class Way, class Operation, class Executor>
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
    prepare();
    const std::size_t handlers = make_operations();
    EXPECT_EQ(remaining_, 0);
    if (is_write) net::read(peer_, net::buffer(all_bytes_));
    return handlers;
  }

  // The same, for `traced` to count all but the first operation.
  void run_marked() {
    counting::prepare_clock_for_stepping();
    prepare();
    is_marked_ = true;
    make_operations();
    counting::mark();
  }

 private:
  static constexpr bool is_write = std::is_same_v<Operation, write_some>;

  void prepare() {
    if (!is_write) net::write(peer_, net::buffer(all_bytes_));
    // TCP may deliver them a little later.
    while (!is_write && stream_.socket().available() < all_bytes_.size()) {
    }
    remaining_ = started_operations;
    context_.restart();
  }

  std::size_t make_operations() {
    next();
    return context_.run();
  }

  // Not inlined: where it is called, the compiler makes the same code for each way.
  [[gnu::noinline]] void next() {
    Way::before_each(stream_);
    const auto on_end = [this](error_code ec, std::size_t bytes) {
      ASSERT_TRUE(!ec && bytes == bytes_per_operation) << ec;
      if (--remaining_ == operations && is_marked_) counting::mark();
      if (remaining_ > 0) next();
    };
    if constexpr (std::is_same_v<Way, raw>) {
      Operation::start(stream_.socket(), net::buffer(data_), on_end);
    } else {
      Operation::start(stream_, net::buffer(data_), on_end);
    }
  }

  timed::backend::io_context context_;
  typename tcp_stream::rebind_executor<Executor>::other stream_{context_};
  typename decltype(stream_)::socket_type peer_{context_};
  std::array<char, bytes_per_operation> data_{};
  std::array<char, started_operations * bytes_per_operation> all_bytes_{};
  int remaining_ = 0;
  bool is_marked_ = false;
};

// Per operation.
struct cost {
  double instructions = 0;
  double system_calls = 0;
  double allocations = 0;
  double handlers = 0;
  double locks = 0;
  double steady_reads = 0;
  double coarse_reads = 0;
  double counter_reads = 0;
};

template <class Way, class Operation, class Executor>
cost cost_of(const char* name) {
  const auto counts = counting::traced([] { loop<Way, Operation, Executor>().run_marked(); });
  loop<Way, Operation, Executor> counted;
  const allocation_count allocations;
  const std::uint64_t locks_before = locks;
  const std::size_t handlers = counted.run();
  const auto per_operation = [](auto count, int of = operations) {
    return static_cast<double>(count) / of;
  };
  const cost result{.instructions = per_operation(counts.instructions),
                    .system_calls = per_operation(counts.all_system_calls()),
                    .allocations = per_operation(allocations.since(), started_operations),
                    .handlers = per_operation(handlers, started_operations),
                    .locks = per_operation(locks - locks_before, started_operations),
                    .steady_reads = per_operation(counts.reads_of(CLOCK_MONOTONIC)),
                    .coarse_reads = per_operation(counts.reads_of(CLOCK_MONOTONIC_COARSE)),
                    .counter_reads = per_operation(counts.counter_reads)};
  std::printf(
      "%-14s instructions %7.1f  system calls %5.2f  allocations %4.2f  handlers %4.2f  "
      "locks %5.2f  reads of: steady clock %4.2f, coarse clock %4.2f, counter %4.2f\n",
      name, result.instructions, result.system_calls, result.allocations, result.handlers,
      result.locks, result.steady_reads, result.coarse_reads, result.counter_reads);
  return result;
}

double clock_reads(const cost& of) {
  return of.steady_reads + of.coarse_reads + of.counter_reads;
}

// With either of the cheap clock's sources. What the kernel's function takes is not counted.
constexpr int deadline_instructions_max = 40;

template <class Case>
class cost_of_an_operation : public testing::Test {};

template <class Operation, class Executor>
struct of {
  using operation = Operation;
  using executor = Executor;
};
struct names {
  template <class Case>
  static std::string GetName(int) {
    const bool is_write = std::is_same_v<typename Case::operation, write_some>;
    const bool is_plain = std::is_same_v<typename Case::executor, plain>;
    return std::string(is_write ? "write" : "read") + "_on_" +
           (is_plain ? "io_context" : "any_io_executor");
  }
};
using cases = testing::Types<of<write_some, plain>, of<write_some, any>, of<read_some, plain>,
                             of<read_some, any>>;
TYPED_TEST_SUITE(cost_of_an_operation, cases, names);

// The limits are somewhat above what was counted, so that nothing grows unnoticed: a deadline 32
// instructions at most, an idle timeout 22, `expires_never` 15, the stream itself 190 to 230, which
// is 1 to 2 % of the time of a write.
TYPED_TEST(cost_of_an_operation, with_a_deadline_is_that_of_one_without) {
  using operation = typename TypeParam::operation;
  using executor = typename TypeParam::executor;
  const cost by_socket = cost_of<raw, operation, executor>("raw");
  const cost without = cost_of<untimed, operation, executor>("untimed");
  const cost never = cost_of<expires_never, operation, executor>("expires_never");
  const bool is_tsc = detail::cheap_clock::source() == detail::time_source::tsc;
  const cost with_deadline = cost_of<expires_after, operation, executor>("expires_after");
  const cost with_idle_timeout = cost_of<idle_timeout, operation, executor>("idle_timeout");
  for (const cost& each : {without, never, with_deadline, with_idle_timeout}) {
    EXPECT_EQ(each.system_calls, by_socket.system_calls);
    EXPECT_EQ(each.allocations, by_socket.allocations);
    EXPECT_EQ(each.handlers, by_socket.handlers);
    EXPECT_EQ(each.locks, by_socket.locks);
  }
  // The stream's operation itself reads no clock, and a deadline the cheap one once.
  for (const cost& each : {without, never}) {
    EXPECT_EQ(clock_reads(each), clock_reads(by_socket));
  }
  for (const cost& each : {with_deadline, with_idle_timeout}) {
    const double cheap_reads = is_tsc ? each.counter_reads : each.coarse_reads;
    EXPECT_EQ(clock_reads(each) - clock_reads(by_socket), cheap_reads);
    EXPECT_EQ(cheap_reads, 1);
  }
  EXPECT_LE(never.instructions - without.instructions, 20);
  EXPECT_LE(with_deadline.instructions - without.instructions, deadline_instructions_max);
  EXPECT_LE(with_idle_timeout.instructions - without.instructions, deadline_instructions_max);
  EXPECT_LE(without.instructions - by_socket.instructions, 270);
}

// A short one reads the steady clock once. The few that are filed in the queue read it more often,
// and more of them are filed while the machine is busy.
TYPED_TEST(cost_of_an_operation, with_a_short_deadline_is_one_reading_of_the_steady_clock) {
  using operation = typename TypeParam::operation;
  using executor = typename TypeParam::executor;
  loop<alternating, operation, executor> counted;
  std::uint64_t least = started_operations;
  for (int tries = 0; tries < 20; ++tries) {
    const std::uint64_t before = steady_reads;
    counted.run();
    least = std::min(least, steady_reads - before);
  }
  EXPECT_LE(least, started_operations / 2 + 3);
}

}  // namespace
}  // namespace timed::tests
