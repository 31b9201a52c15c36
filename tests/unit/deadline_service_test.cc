// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/deadline_service.h"

#include <gtest/gtest.h>

#include <boost/asio/execution_context.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace timed::detail {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

// What the service wants of it, and no context.
struct wishes {
  std::optional<steady::time_point> wake_at;
  bool earlier_is_posted = false;
};

class recording_driver : public deadline_driver {
 public:
  explicit recording_driver(wishes& of) : of_(of) {}
  void wake_at(steady::time_point when) override { of_.wake_at = when; }
  void post_earlier() override { of_.earlier_is_posted = true; }

 private:
  wishes& of_;
};

// Where the queue has filed a deadline is of no use any more once that was moved on: it has to be
// looked at, and nobody hears of it.
TEST(deadline_service, gives_others_a_turn_while_it_looks_at_very_many_that_were_moved_on) {
  constexpr std::size_t count = 20'000;
  net::execution_context context;
  auto& service = net::use_service<deadline_service>(context);
  wishes wanted;
  service.drive_by([&](deadline_service&) { return std::make_unique<recording_driver>(wanted); });
  std::vector<operation_slot> slots(count);
  const auto now = steady::now();
  for (operation_slot& each : slots) {
    each.put({1, operation_slot::phase::waiting});
    each.set(deadline_service::nanoseconds_of(now + 5ms));
    service.file(each);
  }
  const auto later = deadline_service::nanoseconds_of(now + 1h);
  for (operation_slot& each : slots) each.set(later);
  EXPECT_TRUE(wanted.earlier_is_posted);
  service.on_earlier();
  std::this_thread::sleep_until(now + 10ms);

  int turns = 0;
  do {
    ASSERT_TRUE(wanted.wake_at.has_value());
    wanted.wake_at.reset();
    service.on_wakeup();
    ++turns;
  } while (wanted.wake_at && *wanted.wake_at <= steady::now());
  EXPECT_GE(turns, 4);
  EXPECT_LE(turns, 10);
  for (operation_slot& each : slots) {
    EXPECT_GT(each.filed_until(), deadline_service::nanoseconds_of(now + 30min));
    service.remove(each);
  }
}

}  // namespace
}  // namespace timed::detail
