// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Timers, and the heap that they are in.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <ctime>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "timed/uring/basic_timer.h"
#include "timed/uring/detail/loop/loop.h"
#include "timed/uring/detail/loop/timer_queue.h"

namespace timed::uring {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using boost::system::error_code;

TEST(timer, never_expires_early) {
  io_context context;
  for (const auto time : {0us, 1us, 100us, 1'000us, 10'000us}) {
    const auto began = steady::now();
    timed::uring::steady_timer timer(context, time);
    std::optional<error_code> done;
    timer.async_wait([&](error_code ec) { done = ec; });
    context.run();
    context.restart();
    EXPECT_EQ(done, error_code());
    EXPECT_GE(steady::now() - began, time);
    EXPECT_LT(steady::now() - began, time + 30s);
  }
}

TEST(timer, may_expire_in_the_past) {
  io_context context;
  timed::uring::steady_timer timer(context, steady::time_point::min());
  int called = 0;
  timer.async_wait([&](error_code ec) { called += !ec; });
  EXPECT_EQ(called, 0);
  context.run();
  EXPECT_EQ(called, 1);
}

TEST(timer, is_not_waited_for_beyond_an_end_that_is_long_past) {
  io_context context;
  timed::uring::steady_timer timer(context, 60s);
  timer.async_wait([](error_code) {});
  const auto began = steady::now();
  context.run_until(steady::time_point::min());
  context.run_until(steady::time_point(-1h));
  context.run_one_until(steady::time_point());
  EXPECT_LT(steady::now() - began, 30s);
}

// On a virtual machine, the thread's time includes what others have taken: the best of some tries
// counts.
TEST(timer, at_the_beginning_of_time_does_not_keep_it_from_sleeping) {
  io_context context;
  const auto cpu_time = [] {
    ::timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  };
  auto least = std::chrono::nanoseconds::max();
  for (int tries = 0; tries < 10 && least >= 50ms; ++tries) {
    timed::uring::steady_timer first(context, steady::time_point::min());
    timed::uring::steady_timer second(context, 100ms);
    int called = 0;
    first.async_wait([&](error_code ec) { called += !ec; });
    second.async_wait([&](error_code ec) { called += !ec; });
    const auto before = cpu_time();
    context.restart();
    context.run();
    EXPECT_EQ(called, 2);
    least = std::min(least, cpu_time() - before);
  }
  EXPECT_LT(least, 50ms);
}

TEST(timer, may_never_expire) {
  io_context context;
  timed::uring::steady_timer timer(context, steady::duration::max());
  EXPECT_EQ(timer.expiry(), steady::time_point::max());
  std::optional<error_code> done;
  timer.async_wait([&](error_code ec) { done = ec; });
  context.run_for(5ms);
  EXPECT_FALSE(done.has_value());
  timer.expires_after(steady::duration::max());
  context.run_for(steady::duration::max());
  EXPECT_EQ(done, net::error::operation_aborted);
}

TEST(timer, ends_its_waits_when_it_is_set_again_or_cancelled_or_destroyed) {
  io_context context;
  int aborted = 0;
  const auto count = [&](error_code ec) { aborted += ec == net::error::operation_aborted; };
  {
    timed::uring::steady_timer timer(context, 1h);
    timer.async_wait(count);
    timer.async_wait(count);
    EXPECT_EQ(timer.expires_after(2h), 2U);
    timer.async_wait(count);
    EXPECT_EQ(timer.cancel(), 1U);
    EXPECT_EQ(timer.cancel(), 0U);
    timer.async_wait(count);
  }
  EXPECT_EQ(aborted, 0) << "not within the function";
  context.run();
  EXPECT_EQ(aborted, 4);
}

TEST(timer, may_be_moved_while_it_is_waited_for) {
  io_context context;
  timed::uring::steady_timer first(context, 10ms);
  std::optional<error_code> done, replaced;
  first.async_wait([&](error_code ec) { done = ec; });
  timed::uring::steady_timer second(std::move(first));
  timed::uring::steady_timer third(context, 1h);
  third.async_wait([&](error_code ec) { replaced = ec; });
  third = std::move(second);
  context.run();
  EXPECT_EQ(done, error_code());
  EXPECT_EQ(replaced, net::error::operation_aborted);
}

TEST(timer, lets_one_wait_be_cancelled_by_its_slot) {
  io_context context;
  timed::uring::steady_timer timer(context, 20ms);
  net::cancellation_signal signal;
  std::optional<error_code> one, other;
  timer.async_wait(net::bind_cancellation_slot(signal.slot(), [&](error_code ec) { one = ec; }));
  timer.async_wait([&](error_code ec) { other = ec; });
  signal.emit(net::cancellation_type::total);
  context.run();
  EXPECT_EQ(one, net::error::operation_aborted);
  EXPECT_EQ(other, error_code());
  signal.emit(net::cancellation_type::total);  // It has completed.
}

TEST(timer, is_set_on_another_thread) {
  io_context context;
  const auto work = net::make_work_guard(context);
  std::thread runner([&] { context.run(); });
  std::this_thread::sleep_for(5ms);  // it sleeps
  std::promise<error_code> done;
  timed::uring::steady_timer timer(context, 5ms);
  const auto began = steady::now();
  timer.async_wait([&](error_code ec) { done.set_value(ec); });
  EXPECT_EQ(done.get_future().get(), error_code());
  EXPECT_LT(steady::now() - began, 30s);
  context.stop();
  runner.join();
}

TEST(timer, works_with_coroutines_and_strands) {
  io_context context;
  const auto strand = net::make_strand(net::any_io_executor(context.get_executor()));
  bool done = false;
  net::co_spawn(
      strand,
      [&]() -> net::awaitable<void> {
        timed::uring::steady_timer timer(co_await net::this_coro::executor, 2ms);
        co_await timer.async_wait(net::use_awaitable);
        EXPECT_TRUE(strand.running_in_this_thread());
        done = true;
      },
      net::detached);
  context.run();
  EXPECT_TRUE(done);
}

TEST(timer, may_be_destroyed_with_its_context) {
  const auto held = std::make_shared<int>(0);
  {
    io_context context;
    auto timer = std::make_shared<timed::uring::steady_timer>(context, 1h);
    timer->async_wait([timer, held](error_code) { ADD_FAILURE() << "it was called"; });
    timer.reset();
    context.poll();
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

// The heap against a set, at random.

class counted_wait final : public detail::wait_operation {
 public:
  explicit counted_wait(std::vector<int>& expired, int number)
      : wait_operation(&counted_wait::run), expired_(expired), number_(number) {}

 private:
  static void run(operation* base, bool is_called) {
    const std::unique_ptr<counted_wait> self(static_cast<counted_wait*>(base));
    if (is_called) self->expired_.push_back(self->number_);
  }
  std::vector<int>& expired_;
  int number_;
};

TEST(timer_queue, does_what_a_set_does) {
  using time_point = detail::timer_queue::time_point;
  std::mt19937 random(20261122);
  detail::timer_queue queue;
  constexpr int count = 50;
  std::vector<detail::timer_queue::timer> timers(count);
  std::set<std::pair<time_point, int>> model;
  std::vector<std::optional<time_point>> at(count);
  std::vector<int> expired;
  steady::rep now = 0;
  for (int step = 0; step < 100'000; ++step) {
    const int i = static_cast<int>(random() % count);
    const auto index = static_cast<std::size_t>(i);
    switch (random() % 3) {
      case 0:
        if (!at[index]) {
          const time_point when(steady::duration(now + static_cast<steady::rep>(random() % 100)));
          at[index] = when;
          model.insert({when, i});
          queue.add(timers[index], when, *new counted_wait(expired, i));
        }
        break;
      case 1:
        queue.cancel(timers[index]).destroy_all();
        if (at[index]) model.erase({*at[index], i});
        at[index].reset();
        break;
      default: {
        now += static_cast<steady::rep>(random() % 20);
        expired.clear();
        auto due = queue.expire(time_point(steady::duration(now)));
        while (detail::operation* const op = due.pop()) op->complete();
        std::set<int> of_model;
        while (!model.empty() && model.begin()->first <= time_point(steady::duration(now))) {
          of_model.insert(model.begin()->second);
          at[static_cast<std::size_t>(model.begin()->second)].reset();
          model.erase(model.begin());
        }
        ASSERT_EQ(std::set<int>(expired.begin(), expired.end()), of_model) << "step " << step;
      }
    }
    ASSERT_EQ(queue.earliest(), model.empty() ? time_point::max() : model.begin()->first);
  }
  queue.clear().destroy_all();
}

// Asks to be called again at once, each time with many handlers.
class eager_alarm final : public detail::alarm {
 public:
  static constexpr int times = 20, handlers_each = 256;

  explicit eager_alarm(io_context& of) : of_(of), loop_(detail::loop::of(of.get_executor())) {
    loop_.set_alarm(this);
    loop_.set_alarm_time(steady::now());
  }
  ~eager_alarm() { loop_.set_alarm(nullptr); }

  void on_time(time_point /*now*/) noexcept override {
    if (++handlers_since_poll_ < times) loop_.set_alarm_time(steady::now());
    for (int i = 0; i < handlers_each; ++i) boost::asio::post(of_, [this] { ++handled_; });
  }
  void on_request() noexcept override {}

  int handled() const { return handled_; }

 private:
  io_context& of_;
  detail::loop& loop_;
  int handlers_since_poll_ = 0;
  int handled_ = 0;
};

// So that other handlers do not wait until all of very many deadlines have been dealt with.
TEST(the_alarm, has_its_turn_after_what_is_ready) {
  io_context context;
  std::optional<eager_alarm> alarm;
  int handled_before = 0;
  int most_at_once = 0;
  std::function<void()> other = [&] {
    most_at_once = std::max(most_at_once, alarm->handled() - handled_before);
    handled_before = alarm->handled();
    if (handled_before < eager_alarm::times * eager_alarm::handlers_each) {
      boost::asio::post(context, other);
    }
  };
  boost::asio::post(context, [&] {
    alarm.emplace(context);
    other();
  });
  context.run();
  EXPECT_EQ(alarm->handled(), eager_alarm::times * eager_alarm::handlers_each);
  EXPECT_LE(most_at_once, eager_alarm::handlers_each);
  EXPECT_GT(most_at_once, 0);
}

// It may go while its turn is still to come.
TEST(the_alarm, is_not_called_any_more_once_it_is_taken_back) {
  io_context context;
  std::optional<eager_alarm> alarm(std::in_place, context);
  for (int i = 0; i < 100; ++i) boost::asio::post(context, [] {});
  boost::asio::post(context, [&] { alarm.reset(); });
  EXPECT_EQ(context.run(), 101U);
}

}  // namespace
}  // namespace timed::uring
