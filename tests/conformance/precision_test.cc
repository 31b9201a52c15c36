// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// When deadlines are noticed, and what is done for them meanwhile: how late, how often the process
// wakes up, and whether they keep it from ending.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "tests/support/connected.h"
#include "tests/support/descriptors.h"
#include "timed/detail/cheap_clock.h"
#include "timed/detail/sanitizers.h"

namespace timed::tests {
namespace {

using steady = std::chrono::steady_clock;

// A read whose peer never writes.
struct idle_read {
  explicit idle_read(timed::backend::io_context& context) : stream(context), peer(context) {
    timed::backend::connect_pair(stream.socket(), peer);
  }

  void start() {
    stream.async_read_some(net::buffer(memory), [this](error_code ec, std::size_t) {
      ended = steady::now();
      outcome = ec;
    });
  }

  // The read's deadline passes `timeout` from now.
  void start(steady::duration timeout) {
    stream.expires_after(timeout);
    start();
    due = steady::now() + timeout;
  }

  unix_stream stream;
  unix_stream::socket_type peer;
  std::array<char, 8> memory{};
  steady::time_point due;  // later than what was asked for by what setting it has taken
  steady::time_point ended;
  error_code outcome;
};

#if TIMED_ADDRESS_SANITIZER || TIMED_THREAD_SANITIZER
constexpr int slower_by = 10;  // a sanitizer's code, which the bounds were not made for
#else
constexpr int slower_by = 1;
#endif

// How long this thread has been ready to run while others ran.
steady::duration waited_for_cpu() {
  std::ifstream file("/proc/thread-self/schedstat");
  std::int64_t ran_ns = 0;
  std::int64_t waited_ns = 0;
  file >> ran_ns >> waited_ns;
  return std::chrono::nanoseconds(waited_ns);
}

// What a busy machine adds is taken off. What else may delay a thread (a hypervisor, say) is why
// one of several tries has to hold; but nothing is ever so late that it was found by accident.
template <class Lateness>
void expect_within(steady::duration bound, int tries, Lateness lateness) {
  bound *= slower_by;
  steady::duration least = steady::duration::max();
  for (int i = 0; i < tries && least > bound; ++i) {
    const steady::duration waited_before = waited_for_cpu();
    const steady::duration late = lateness();
    const steady::duration waited = waited_for_cpu() - waited_before;
    EXPECT_LT(late - waited, 10s);
    least = std::min(least, late - waited);
  }
  std::printf("late by %.3f ms at most\n",
              std::chrono::duration<double, std::milli>(least).count());
  EXPECT_LE(least, bound);
}

// The shortest timeout that is counted from the cheap clock.
steady::duration long_timeout() {
  return detail::cheap_clock::least_timeout();
}

// By how much longer it may take.
steady::duration slack() {
  return detail::cheap_clock::slack();
}

TEST(precision, of_short_timeouts_is_5_ms_and_none_is_early) {
  expect_within(5ms, 10, [] {
    timed::backend::io_context context;
    std::mt19937 random(1);
    std::uniform_int_distribution<int> some_us(0, 249'999);
    std::vector<std::unique_ptr<idle_read>> reads;
    for (int i = 0; i < 200; ++i) reads.push_back(std::make_unique<idle_read>(context));
    for (int i = 0; i < 200; ++i) {
      const std::chrono::microseconds timeout(i < 20 ? i * 100 : some_us(random));
      const auto asked = steady::now();
      reads[static_cast<std::size_t>(i)]->start(timeout);
      reads[static_cast<std::size_t>(i)]->due = asked + timeout;
    }
    const auto running = steady::now();  // what is due before it is run cannot be in time
    context.run();
    steady::duration worst{};
    for (const auto& each : reads) {
      EXPECT_EQ(each->outcome, error::timeout);
      EXPECT_GE(each->ended, each->due);
      worst = std::max(worst, each->ended - std::max(each->due, running));
    }
    return worst;
  });
}

TEST(precision, of_long_timeouts_is_5_ms_more_than_the_cheap_clock_s_slack_and_none_is_early) {
  expect_within(5ms + slack(), 10, [] {
    timed::backend::io_context context;
    std::vector<std::unique_ptr<idle_read>> reads;
    for (int i = 0; i < 50; ++i) {
      std::this_thread::sleep_for(i * 200us);
      const auto asked = steady::now();
      reads.push_back(std::make_unique<idle_read>(context));
      reads.back()->start(long_timeout());
      reads.back()->due = asked + long_timeout();
    }
    context.run();
    steady::duration worst{};
    for (const auto& each : reads) {
      EXPECT_EQ(each->outcome, error::timeout);
      EXPECT_GE(each->ended, each->due);
      worst = std::max(worst, each->ended - each->due);
    }
    return worst;
  });
}

TEST(precision, of_a_point_in_time_is_5_ms_however_far_it_was) {
  expect_within(5ms, 10, [] {
    timed::backend::io_context context;
    idle_read read(context);
    const auto due = steady::now() + 2 * long_timeout();
    read.stream.expires_at(due);
    read.start();
    context.run();
    EXPECT_EQ(read.outcome, error::timeout);
    EXPECT_GE(read.ended, due);
    return read.ended - due;
  });
}

// An operation that is started by the handler that has set its deadline does not read the clock a
// second time. These are the ways in which it must not rely on that.

// The timeouts by which that is tried.
std::array<steady::duration, 2> timeouts() {
  return {50ms, long_timeout()};
}

// How long to wait until such a timeout has surely passed.
steady::duration longer_than(steady::duration timeout) {
  return timeout + slack() + 20ms;
}

// Writes to the stream, whose deadline has passed.
void expect_refused(unix_stream& stream, unix_stream::socket_type& peer,
                    timed::backend::io_context& context) {
  std::optional<result> written;
  stream.async_write_some(net::buffer("x", 1), store(written));
  context.restart();
  context.run();
  ASSERT_TRUE(written.has_value());
  EXPECT_EQ(written->ec, error::timeout);
  std::array<char, 8> received;
  error_code ec;
  peer.non_blocking(true);
  EXPECT_EQ(peer.read_some(net::buffer(received), ec), 0u);
}

// Has the stream's node filed for both directions, as it is in the middle of a stream's life.
void read_and_write(idle_read& on, timed::backend::io_context& context, steady::duration timeout) {
  std::optional<result> written;
  std::array<char, 1> echoed;
  on.start(30s);
  on.stream.expires_after(timeout, direction::read);
  on.stream.expires_after(30s, direction::both);  // which leaves the node where it is
  on.stream.async_write_some(net::buffer("x", 1), store(written));
  on.peer.write_some(net::buffer("y", 1));
  context.restart();
  context.run();
  on.peer.read_some(net::buffer(echoed));
  ASSERT_EQ(on.outcome, error_code());
  ASSERT_EQ(written->ec, error_code());
}

void expect_noticed_when_an_operation_starts(steady::duration timeout) {
  timed::backend::io_context context;
  idle_read set_outside(context);
  idle_read set_in_handler(context);
  idle_read unused(context);
  read_and_write(set_outside, context, timeout);
  read_and_write(set_in_handler, context, timeout);
  std::optional<error_code> ended;
  set_in_handler.stream.async_read_some(net::buffer(set_in_handler.memory),
                                        [&](error_code ec, std::size_t) {
                                          set_in_handler.stream.expires_after(timeout);
                                          ended = ec;
                                        });
  set_in_handler.peer.write_some(net::buffer("y", 1));
  context.restart();
  context.run();
  ASSERT_EQ(ended, error_code());
  for (idle_read* const each : {&set_outside, &unused}) each->stream.expires_after(timeout);
  // A context without work does not look at its timers, however often it is called.
  for (const auto until = steady::now() + longer_than(timeout); steady::now() < until;) {
    context.restart();
    context.poll();
    std::this_thread::sleep_for(10ms);
  }
  for (idle_read* const each : {&set_outside, &set_in_handler, &unused})
    expect_refused(each->stream, each->peer, context);
}

TEST(precision, of_a_timeout_that_passes_before_an_operation_starts_is_noticed_when_it_does) {
  for (const auto timeout : timeouts()) expect_noticed_when_an_operation_starts(timeout);
}

void expect_noticed_by_second_handler(steady::duration timeout) {
  timed::backend::io_context context;
  idle_read first(context);
  idle_read second(context);
  read_and_write(first, context, timeout);
  std::optional<result> written;
  first.start(30s);
  first.peer.write_some(net::buffer("y", 1));
  second.stream.async_read_some(net::buffer(second.memory), [&](error_code, std::size_t) {
    first.stream.expires_after(timeout);
  });
  second.peer.write_some(net::buffer("y", 1));
  context.restart();
  context.run();
  second.stream.async_read_some(net::buffer(second.memory), [&](error_code, std::size_t) {
    std::this_thread::sleep_for(longer_than(timeout));
    first.stream.async_write_some(net::buffer("x", 1), store(written));
  });
  second.peer.write_some(net::buffer("y", 1));
  context.restart();
  context.run();
  ASSERT_TRUE(written.has_value());
  EXPECT_EQ(written->ec, error::timeout);
  EXPECT_FALSE(first.stream.socket().is_open());
}

TEST(precision, of_a_timeout_that_passes_between_two_handlers_is_noticed_by_the_second) {
  for (const auto timeout : timeouts()) expect_noticed_by_second_handler(timeout);
}

// Calls `start` in a handler that has set the deadline and then taken longer than that.
template <class Start>
void start_in_slow_handler(idle_read& on, timed::backend::io_context& context,
                           steady::duration timeout, Start start) {
  read_and_write(on, context, timeout);
  on.stream.async_read_some(net::buffer(on.memory), [&](error_code, std::size_t) {
    on.stream.expires_after(timeout);
    std::this_thread::sleep_for(longer_than(timeout));
    start();
  });
  on.peer.write_some(net::buffer("y", 1));
  context.restart();
  context.run();
}

TEST(precision, of_a_handler_that_is_slower_than_its_own_timeout_is_5_ms_once_it_has_returned) {
  for (const auto timeout : timeouts()) {
    expect_within(5ms, 10, [timeout] {
      timed::backend::io_context context;
      idle_read read(context);
      steady::time_point returned;
      start_in_slow_handler(read, context, timeout, [&] {
        read.start();
        returned = steady::now();
      });
      EXPECT_EQ(read.outcome, error::timeout);
      return read.ended - returned;
    });
  }
}

// It may have been started; then it reports what the socket did.
TEST(precision, of_a_handler_that_is_slower_than_its_own_timeout_hides_no_byte) {
  for (const auto timeout : timeouts()) {
    timed::backend::io_context context;
    idle_read read(context);
    std::optional<result> written;
    start_in_slow_handler(read, context, timeout, [&] {
      read.stream.async_write_some(net::buffer("x", 1), store(written));
    });
    ASSERT_TRUE(written.has_value());
    std::array<char, 8> received;
    error_code ec;
    read.peer.non_blocking(true);
    EXPECT_EQ(read.peer.read_some(net::buffer(received), ec), written->bytes);
    EXPECT_TRUE(written->ec == error::timeout || written->bytes == 1) << written->ec;
  }
}

// Writes in a handler that then takes longer than the write's timeout, while the expiry of another
// operation is ready to be found.
result write_in_slow_handler() {
  timed::backend::io_context context;
  idle_read other(context);
  idle_read writer(context);
  const std::array<net::const_buffer, 2> two = {net::buffer("x", 1), net::buffer("y", 1)};
  std::optional<result> written;
  other.start(10ms);
  context.poll();  // waits for that deadline from here on
  net::post(context, [&] {
    net::post(context, [&] {
      writer.stream.expires_after(100ms);
      // Two buffers, as one is sent before anything else by our loop.
      writer.stream.async_write_some(two, store(written));
      std::this_thread::sleep_for(150ms);
    });
    std::this_thread::sleep_for(30ms);
  });
  context.run();
  EXPECT_EQ(other.outcome, error::timeout);
  return written.value();
}

// Several tries, as a busy machine may delay the start of the write for longer than the timeout.
TEST(precision, an_operation_that_has_completed_in_time_does_not_time_out_behind_a_slow_handler) {
  if (backend::name() == "io_uring") GTEST_SKIP() << "Asio's io_uring submits it too late";
  result written{.ec = error::timeout};
  for (int i = 0; i < 10 && written.ec; ++i) written = write_in_slow_handler();
  EXPECT_FALSE(written.ec) << written.ec;
  EXPECT_EQ(written.bytes, 2u);
}

TEST(precision, does_not_suffer_if_the_deadline_is_moved_on_often_and_brought_forward_then) {
  expect_within(5ms, 10, [] {
    timed::backend::io_context context;
    idle_read read(context);
    read.start(50ms);
    for (int i = 0; i < 100; ++i) {
      read.stream.expires_after(60s, direction::read);
      context.run_for(1ms);
    }
    const auto due = steady::now() + 100ms;
    read.stream.expires_after(100ms, direction::read);
    context.run();
    EXPECT_EQ(read.outcome, error::timeout);
    return std::max(read.ended - due, due - read.ended);
  });
}

TEST(precision, costs_no_wait_run_returns_within_1_ms_of_the_last_operation) {
  expect_within(1ms, 20, [] {
    timed::backend::io_context context;
    idle_read read(context);
    idle_read other(context);
    read.start(30s);
    other.start(30s);
    std::thread writer([&] {
      for (idle_read* const each : {&read, &other}) {
        std::this_thread::sleep_for(5ms);
        each->peer.write_some(net::buffer("x", 1));
      }
    });
    context.run();
    const auto returned = steady::now();
    writer.join();
    EXPECT_EQ(read.outcome, error_code());
    EXPECT_EQ(other.outcome, error_code());
    EXPECT_LT(returned - other.ended, 10s);
    return returned - other.ended;
  });
}

// For what is filed more than 1.1 s ahead, a slot is at least 8 ms wide.
constexpr long slots = 1s / 8ms;

// How often this thread sleeps while the context runs: again after each time that it was woken.
long sleeps_within(timed::backend::io_context& context, steady::duration time) {
  ::rusage before{};
  ::rusage after{};
  ::getrusage(RUSAGE_THREAD, &before);
  const std::size_t handlers = context.run_for(time);
  ::getrusage(RUSAGE_THREAD, &after);
  const long sleeps = after.ru_nvcsw - before.ru_nvcsw;
  std::printf("slept %ld times in %.1f s, and called %zu handlers\n", sleeps,
              std::chrono::duration<double>(time).count(), handlers);
  return sleeps;
}

// @return Whether it is once per slot; not so either if the machine is too busy to tell.
bool wakes_up_once_per_slot(std::size_t count) {
  timed::backend::io_context context;
  std::mt19937 random(1);
  std::vector<std::unique_ptr<idle_read>> reads;
  for (std::size_t i = 0; i < count; ++i) reads.push_back(std::make_unique<idle_read>(context));
  const auto filed_from = steady::now() + 3500ms;
  for (const auto& each : reads) {
    each->stream.expires_at(filed_from + std::chrono::microseconds(random() % 1'000'000));
    each->start();
  }
  for (const auto& each : reads) each->stream.expires_after(300s, direction::read);
  const bool is_in_time = steady::now() < filed_from - 1500ms;
  context.poll();
  std::printf("%zu reads pending\n", reads.size());
  const long with_slots = sleeps_within(context, filed_from + 1100ms - steady::now());
  const long without = sleeps_within(context, 1s);  // no slot comes up
  for (const auto& each : reads) {
    EXPECT_TRUE(!is_in_time || each->ended == steady::time_point());
  }
  return is_in_time && with_slots > 10 && with_slots <= slots + slots / 20 && without <= 3;
}

// Deadlines that were moved on are not moved in the queue until their slot comes up, so an idle
// process has to look at them; but not at each of them for itself.
TEST(precision, wakes_an_idle_process_up_once_per_slot_and_not_once_per_operation) {
  constexpr std::size_t descriptors_of_others = 64;
  const std::size_t count =
      std::min<std::size_t>(4'000, (raise_descriptor_limit() - descriptors_of_others) / 2);
  ASSERT_GT(count, std::size_t{4 * slots}) << "too few to tell the two apart: raise `ulimit -Hn`";
  bool does = false;
  for (int i = 0; i < 5 && !does; ++i) does = wakes_up_once_per_slot(count);
  EXPECT_TRUE(does);
}

}  // namespace
}  // namespace timed::tests
