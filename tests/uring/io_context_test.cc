// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The execution context: what it promises as one of Asio's kind.

#include "timed/uring/io_context.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/uring/fake_kernel.h"
#include "tests/uring/support.h"
#include "timed/uring/basic_stream_socket.h"
#include "timed/uring/basic_timer.h"

namespace timed::uring {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
namespace execution = net::execution;

static_assert(sizeof(io_context::executor_type) <= 24, "any_io_executor is to store it in itself");
static_assert(execution::is_executor<io_context::executor_type>::value);
static_assert(std::is_nothrow_copy_constructible_v<io_context::executor_type>);

TEST(io_context, calls_handlers_in_the_order_in_which_they_were_posted) {
  io_context context;
  std::vector<int> called;
  for (int i = 0; i < 1000; ++i) net::post(context, [&called, i] { called.push_back(i); });
  EXPECT_EQ(context.run(), 1000U);
  ASSERT_EQ(called.size(), 1000U);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(called[static_cast<std::size_t>(i)], i);
  EXPECT_TRUE(context.stopped());
}

TEST(io_context, runs_as_much_as_it_is_asked_to) {
  io_context context;
  int called = 0;
  const auto post = [&] { net::post(context, [&called] { ++called; }); };
  EXPECT_EQ(context.run(), 0U);
  EXPECT_TRUE(context.stopped());
  post();
  EXPECT_EQ(context.run(), 0U) << "it is stopped";
  context.restart();
  EXPECT_EQ(context.poll(), 1U);
  context.restart();
  for (int i = 0; i < 3; ++i) post();
  EXPECT_EQ(context.run_one(), 1U);
  EXPECT_FALSE(context.stopped());
  EXPECT_EQ(context.poll_one(), 1U);
  EXPECT_EQ(context.run_one_for(1s), 1U);
  EXPECT_TRUE(context.stopped());
  EXPECT_EQ(called, 4);
}

TEST(io_context, returns_in_time_if_nothing_happens) {
  io_context context;
  const auto work = net::make_work_guard(context);
  const auto began = steady::now();
  EXPECT_EQ(context.poll(), 0U);
  EXPECT_LT(steady::now() - began, 20s);
  EXPECT_EQ(context.run_for(30ms), 0U);
  EXPECT_GE(steady::now() - began, 30ms);
  EXPECT_EQ(context.run_one_until(std::chrono::system_clock::now() + 30ms), 0U);
  EXPECT_GE(steady::now() - began, 59ms);
  EXPECT_LT(steady::now() - began, 60s);
  EXPECT_EQ(context.run_until(steady::now() - 1s), 0U);
  EXPECT_FALSE(context.stopped());
}

// Handlers that go on for ever do not keep others from their turn, nor it from being stopped.
TEST(io_context, lets_others_have_a_turn) {
  io_context context;
  timed::uring::steady_timer timer(context, 5ms);
  bool has_ended = false;
  std::function<void()> again = [&] {
    if (!has_ended) net::post(context, again);
  };
  again();
  timer.async_wait([&](error_code) {
    std::thread([&] { net::post(context, [&] { has_ended = true; }); }).join();
  });
  context.run();
  EXPECT_TRUE(has_ended);
}

// Whatever ends its sleep comes at every moment, also just before it.
TEST(io_context, never_sleeps_through_what_others_do) {
  io_context context;
  for (int i = 0; i < 3'000; ++i) {
    auto work = std::make_unique<net::executor_work_guard<io_context::executor_type>>(
        context.get_executor());
    timed::uring::steady_timer timer(context);
    std::atomic<bool> go = false;
    std::thread other([&] {
      while (!go) {
      }
      for (int spin = i % 400; spin > 0; --spin)
        std::atomic_signal_fence(std::memory_order_seq_cst);
      if (i % 2 == 0) {
        timer.expires_after(1us);
        timer.async_wait([](error_code) {});
      }
      work.reset();
    });
    net::post(context, [&] { go = true; });
    const auto began = steady::now();
    context.run_for(60s);
    ASSERT_LT(steady::now() - began, 50s) << i;
    other.join();
    context.restart();
    context.run();
    context.restart();
  }
}

TEST(io_context, ends_in_time_though_handlers_go_on_for_ever) {
  io_context context;
  std::function<void()> again = [&] { net::post(context, again); };
  again();
  const auto began = steady::now();
  context.run_for(10ms);
  EXPECT_GE(steady::now() - began, 10ms);
  EXPECT_LT(steady::now() - began, 30s);
}

TEST(io_context, is_stopped_from_any_thread) {
  io_context context;
  const auto work = net::make_work_guard(context);
  std::thread other([&] {
    std::this_thread::sleep_for(20ms);
    context.stop();
  });
  context.run();
  other.join();
  EXPECT_TRUE(context.stopped());
  bool called = false;
  net::post(context, [&] { called = true; });
  EXPECT_EQ(context.run(), 0U);
  context.restart();
  EXPECT_EQ(context.run_one(), 1U);
  EXPECT_TRUE(called);
}

TEST(io_context, ends_when_the_last_work_does_on_another_thread) {
  io_context context;
  auto work = net::make_work_guard(context);
  const auto began = steady::now();
  std::thread other([&] {
    std::this_thread::sleep_for(20ms);
    work.reset();
  });
  context.run();
  other.join();
  EXPECT_GE(steady::now() - began, 20ms);
  EXPECT_TRUE(context.stopped());
}

TEST(io_context, takes_handlers_from_several_threads) {
  io_context context;
  auto work = net::make_work_guard(context);
  constexpr int thread_count = 3, each_count = 20'000;
  std::vector<int> last(thread_count, -1);
  int called = 0;
  bool in_order = true;
  std::vector<std::thread> threads;
  for (int t = 0; t < thread_count; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < each_count; ++i) {
        net::post(context, [&, t, i] {
          auto& before = last[static_cast<std::size_t>(t)];
          in_order = in_order && before == i - 1;
          before = i;
          if (++called == thread_count * each_count) work.reset();
        });
        if (i % 512 == 0) std::this_thread::sleep_for(50us);  // so that it falls asleep
      }
    });
  }
  context.run();
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(called, thread_count * each_count);
  EXPECT_TRUE(in_order);
}

TEST(io_context, lets_exceptions_through_and_goes_on_afterwards) {
  io_context context;
  bool called = false;
  net::post(context, [] { throw std::runtime_error("on purpose"); });
  net::post(context, [&] { called = true; });
  EXPECT_THROW(context.run(), std::runtime_error);
  EXPECT_FALSE(called);
  EXPECT_EQ(context.run(), 1U);
  EXPECT_TRUE(called);
}

TEST(io_context, may_be_run_within_its_own_handlers) {
  io_context context;
  std::string order;
  net::post(context, [&] {
    order += '1';
    context.run_one();
    order += '3';
  });
  net::post(context, [&] { order += '2'; });
  context.run();
  EXPECT_EQ(order, "123");
}

TEST(io_context, refuses_a_second_thread) {
  io_context context;
  auto work = net::make_work_guard(context);
  std::promise<void> running;
  std::thread first([&] { context.run(); });
  net::post(context, [&] { running.set_value(); });
  running.get_future().wait();
  try {
    context.run();
    ADD_FAILURE() << "it was not refused";
  } catch (const boost::system::system_error& refused) {
    EXPECT_EQ(refused.code(), net::error::already_started);
    EXPECT_NE(std::string(refused.what()).find("another thread"), std::string::npos);
  }
  EXPECT_THROW(context.poll(), boost::system::system_error);
  work.reset();
  first.join();
}

TEST(io_context, is_run_by_one_thread_after_the_other) {
  io_context context;
  std::vector<std::thread::id> ran;
  for (int i = 0; i < 10; ++i) {
    net::post(context, [&] { ran.push_back(std::this_thread::get_id()); });
    std::thread([&] { context.run(); }).join();
    context.restart();
  }
  EXPECT_EQ(ran.size(), 10U);
}

TEST(executor, has_the_properties_that_asio_asks_for) {
  io_context context;
  const auto executor = context.get_executor();
  const auto never = net::require(executor, execution::blocking.never);
  EXPECT_EQ(net::query(never, execution::blocking), execution::blocking.never);
  EXPECT_EQ(net::query(executor, execution::blocking), execution::blocking.possibly);
  EXPECT_EQ(&net::query(executor, execution::context), &context);
  EXPECT_EQ(executor, context.get_executor());
  io_context other;
  EXPECT_NE(executor, other.get_executor());
  const auto continues = net::prefer(executor, execution::relationship.continuation);
  EXPECT_EQ(net::query(continues, execution::relationship), execution::relationship.continuation);
  const net::any_io_executor any = executor;
  ASSERT_NE(any.target<io_context::executor_type>(), nullptr);
  EXPECT_EQ(any, net::any_io_executor(context.get_executor()));
  EXPECT_FALSE(executor.running_in_this_thread());
}

TEST(executor, calls_at_once_only_where_it_may) {
  io_context context;
  std::string order;
  net::post(context, [&] {
    EXPECT_TRUE(context.get_executor().running_in_this_thread());
    net::dispatch(context, [&] { order += 'a'; });
    net::post(context, [&] { order += 'd'; });
    net::defer(context, [&] { order += 'e'; });
    const net::any_io_executor any = context.get_executor();
    net::dispatch(any, [&] { order += 'b'; });
    order += 'c';
  });
  net::dispatch(context, [&] { order += '-'; });  // it is not running yet
  EXPECT_EQ(order, "");
  context.run();
  EXPECT_EQ(order, "abc-de");
}

TEST(executor, counts_work_where_it_is_told_to) {
  io_context context;
  {
    auto tracked = net::require(context.get_executor(), execution::outstanding_work.tracked);
    auto copy = tracked;
    const auto moved = std::move(tracked);
    tracked = copy;
    EXPECT_EQ(context.run_for(5ms), 0U);
    EXPECT_FALSE(context.stopped());
    copy = moved;
  }
  context.run();
  EXPECT_TRUE(context.stopped());
}

template <class T>
struct counting_allocator {
  using value_type = T;
  int* count;
  explicit counting_allocator(int* where) : count(where) {}
  template <class Other>
  counting_allocator(const counting_allocator<Other>& other) : count(other.count) {}
  T* allocate(std::size_t n) {
    ++*count;
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* memory, std::size_t n) {
    --*count;
    std::allocator<T>().deallocate(memory, n);
  }
  friend bool operator==(const counting_allocator&, const counting_allocator&) = default;
};

// And gives it back before the handler is called, so that the next operation can have it.
TEST(executor, takes_memory_from_the_handlers_allocator) {
  io_context context;
  int allocated = 0;
  int while_called = -1;
  net::post(context, net::bind_allocator(counting_allocator<void*>(&allocated),
                                         [&] { while_called = allocated; }));
  EXPECT_EQ(allocated, 1);
  context.run();
  EXPECT_EQ(while_called, 0);
  EXPECT_EQ(allocated, 0);
}

TEST(executor, works_through_strands) {
  io_context context;
  auto strand = net::make_strand(net::any_io_executor(context.get_executor()));
  std::string order;
  net::post(strand, [&] {
    net::post(strand, [&] { order += 'b'; });
    net::dispatch(strand, [&] { order += 'a'; });
  });
  context.run();
  EXPECT_EQ(order, "ab");
}

net::awaitable<int> add(int a, int b) {
  co_await net::post(co_await net::this_coro::executor, net::use_awaitable);
  co_return a + b;
}

TEST(executor, runs_coroutines) {
  io_context context;
  auto sum = net::co_spawn(context, add(1, 2), net::use_future);
  context.run();
  EXPECT_EQ(sum.get(), 3);
}

// What belongs to another context is refused at once, with the remedy.
TEST(foreign_contexts, are_refused) {
  net::io_context other;
  try {
    const basic_stream_socket<net::ip::tcp> socket(other.get_executor());
    ADD_FAILURE() << "it was not refused";
  } catch (const std::invalid_argument& refused) {
    EXPECT_NE(std::string(refused.what()).find("timed::backend::io_context"), std::string::npos);
  }
  EXPECT_THROW(steady_timer(other.get_executor()), std::invalid_argument);
}

// Not a wake-up more than is needed: an idle loop sleeps. (The kernel wakes a thread for each ring
// that it has had and that is gone, a little later. So the best of several tries counts.)
TEST(idle_loop, does_not_wake_up) {
  io_context context;
  const auto work = net::make_work_guard(context);
  context.poll();
  const auto sleeps = [] {
    ::rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
  };
  long fewest = 1000;
  for (int i = 0; i < 10 && fewest > 2; ++i) {
    const long before = sleeps();
    context.run_for(200ms);
    fewest = std::min(fewest, sleeps() - before);
  }
  EXPECT_LE(fewest, 2);
}

// The ring is registered with the thread by the outer one only, so that nothing is left of it.
TEST(io_context, may_be_run_within_a_handler_and_then_by_another_thread) {
  io_context context;
  net::post(context, [&] {
    net::post(context, [&] { context.stop(); });
    EXPECT_EQ(context.run(), 1U);
    context.restart();
  });
  context.run();
  context.restart();
  int called = 0;
  net::post(context, [&] { ++called; });
  std::thread([&] { context.run(); }).join();
  EXPECT_EQ(called, 1);
}

// Whether it makes anything faster cannot be seen on loopback.
TEST(busy_poll, is_asked_of_the_kernel_or_refused_with_the_reason) {
  try {
    io_context context(options{.busy_poll = 50us});
    const auto infos = tests::ring_infos();
    ASSERT_EQ(infos.size(), 1U);
    EXPECT_NE(infos[0].find("NAPI:\tenabled"), std::string::npos) << infos[0];
    net::post(context, [] {});
    EXPECT_EQ(context.run(), 1U);
  } catch (const boost::system::system_error& failure) {
    EXPECT_NE(std::string(failure.what()).find("Linux 6.9"), std::string::npos);
  }
}

TEST(busy_poll, is_refused_by_a_kernel_that_does_not_know_it) {
  tests::fake_kernel kernel(1);
  const options wanted{.busy_poll = 50us};
  try {
    const tests::context_on context(kernel, wanted);
    FAIL() << "the option was ignored without an error";
  } catch (const boost::system::system_error& failure) {
    EXPECT_NE(std::string(failure.what()).find("Linux 6.9"), std::string::npos);
  }
}

class ring_modes : public testing::TestWithParam<ring_mode> {};

TEST_P(ring_modes, work) {
  io_context context(options{.required_mode = GetParam()});
  EXPECT_EQ(context.ring_mode(), GetParam());
  std::atomic<int> called = 0;
  auto work = net::make_work_guard(context);
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) {
      net::post(context, [&] { ++called; });
      std::this_thread::sleep_for(100us);
    }
    work.reset();
  });
  context.run();
  other.join();
  EXPECT_EQ(called, 100);
  context.restart();
  std::thread([&] {
    timed::uring::steady_timer timer(context, 1ms);
    timer.async_wait([&](error_code) { ++called; });
    context.run();
  }).join();
  EXPECT_EQ(called, 101);
}

INSTANTIATE_TEST_SUITE_P(all, ring_modes,
                         testing::Values(ring_mode::deferred, ring_mode::cooperative),
                         [](const auto& each) { return std::string(to_string(each.param)); });

// Rings take memory that the kernel gives back late.
TEST(io_context, can_be_made_again_and_again) {
  for (int i = 0; i < 200; ++i) EXPECT_NO_THROW(io_context());
}

TEST(io_context, explains_what_is_wrong_if_no_descriptor_is_left) {
  ::rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  ::rlimit none = limit;
  none.rlim_cur = 4;
  ::setrlimit(RLIMIT_NOFILE, &none);
  std::string said;
  try {
    const io_context first, second;
  } catch (const boost::system::system_error& refused) {
    said = refused.what();
  }
  ::setrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_NE(said.find("ulimit -n"), std::string::npos) << said;
}

TEST(io_context, has_strands_that_wrap_functions) {
  io_context context;
  io_context::strand strand(context);
  int sum = 0;
  auto add = strand.wrap([&](int a, int b) {
    EXPECT_TRUE(strand.running_in_this_thread());
    sum += a + b;
  });
  add(1, 2);
  EXPECT_EQ(sum, 0);
  context.run();
  EXPECT_EQ(sum, 3);
}

class service_of_io_context : public net::execution_context::service {
 public:
  inline static net::execution_context::id id;

  explicit service_of_io_context(io_context& context)
      : net::execution_context::service(context), executor(context.get_executor()) {}
  void shutdown() override {}

  const io_context::executor_type executor;
};

TEST(service, may_be_constructed_from_an_io_context) {
  io_context context;
  EXPECT_FALSE(net::has_service<service_of_io_context>(context));
  auto& made = net::use_service<service_of_io_context>(context);
  EXPECT_EQ(made.executor, context.get_executor());
  EXPECT_EQ(&net::use_service<service_of_io_context>(context), &made);
  EXPECT_TRUE(net::has_service<service_of_io_context>(context));
}

TEST(service, may_be_added_once_to_the_context_that_it_was_made_for) {
  io_context context;
  io_context other;
  auto made = std::make_unique<service_of_io_context>(context);
  EXPECT_THROW(net::add_service(other, made.get()), net::invalid_service_owner);
  auto* const added = made.release();
  net::add_service(context, added);
  EXPECT_EQ(&net::use_service<service_of_io_context>(context), added);
  EXPECT_THROW(net::add_service(context, added), net::service_already_exists);
  EXPECT_FALSE(net::has_service<service_of_io_context>(other));
}

TEST(service, may_be_made_by_several_threads_at_once) {
  io_context context;
  std::vector<service_of_io_context*> found(8);
  std::vector<std::thread> threads;
  for (auto& each : found) {
    threads.emplace_back([&] { each = &net::use_service<service_of_io_context>(context); });
  }
  for (auto& each : threads) each.join();
  for (auto* each : found) EXPECT_EQ(each, found.front());
}

}  // namespace
}  // namespace timed::uring
