// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/deadline/deadline_service.h"

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

// The requests of a service to its driver.
struct requests {
  std::optional<steady::time_point> scheduled_for;
  bool rearm_is_requested = false;
};

class recording_driver : public deadline_driver {
 public:
  explicit recording_driver(requests& recorded) : recorded_(recorded) {}
  void schedule(steady::time_point when) override { recorded_.scheduled_for = when; }
  void request_rearm() override { recorded_.rearm_is_requested = true; }

 private:
  requests& recorded_;
};

// A deadline that was moved to a later time is checked when its old slot comes up, and reported to
// no stream.
TEST(deadline_service, yields_to_other_handlers_while_it_checks_very_many_that_were_moved) {
  constexpr std::size_t count = 20'000;
  net::execution_context context;
  auto& service = net::use_service<deadline_service>(context);
  requests requested;
  service.install_driver(
      [&](deadline_service&) { return std::make_unique<recording_driver>(requested); });
  std::vector<operation_slot> slots(count);
  const auto now = steady::now();
  for (operation_slot& each : slots) {
    each.put({1, operation_slot::phase::waiting});
    each.set(deadline_service::nanoseconds_of(now + 200ms));
    service.file(each);
  }
  const auto later = deadline_service::nanoseconds_of(now + 1h);
  for (operation_slot& each : slots) each.set(later);
  EXPECT_TRUE(requested.rearm_is_requested);
  service.rearm();
  std::this_thread::sleep_until(now + 210ms);

  int calls = 0;
  do {
    ASSERT_TRUE(requested.scheduled_for.has_value());
    requested.scheduled_for.reset();
    service.on_timer(steady::now());
    ++calls;
  } while (requested.scheduled_for && *requested.scheduled_for <= steady::now());
  EXPECT_GE(calls, 4);
  EXPECT_LE(calls, 10);
  for (operation_slot& each : slots) {
    EXPECT_GT(each.filed_until(), deadline_service::nanoseconds_of(now + 30min));
    service.remove(each);
  }
}

}  // namespace
}  // namespace timed::detail
