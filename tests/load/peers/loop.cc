// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/load/peers/loop.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <system_error>
#include <utility>

namespace timed::tests::load {
namespace {

void check(int result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
}

}  // namespace

descriptor::descriptor(int number, const char* what) : number_(number) {
  check(number, what);
}
descriptor::descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
descriptor& descriptor::operator=(descriptor&& other) noexcept {
  descriptor old(std::move(*this));
  number_ = std::exchange(other.number_, -1);
  return *this;
}
descriptor::~descriptor() {
  if (number_ >= 0) ::close(number_);
}

loop::loop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"),
      alarm_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create") {
  ::epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, alarm_.get(), &event), "epoll_ctl");
}

void loop::watch(const descriptor& which, std::uint32_t epoll_events, watched& by) {
  ::epoll_event event{.events = epoll_events, .data = {.ptr = &by}};
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, which.get(), &event), "epoll_ctl");
}

void loop::change(const descriptor& which, std::uint32_t epoll_events, watched& by) {
  ::epoll_event event{.events = epoll_events, .data = {.ptr = &by}};
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, which.get(), &event), "epoll_ctl");
}

void loop::call_at(time_point due, watched& which) {
  which.due_ = due;
  entries_.push({due, &which});
}

void loop::call_due() {
  const time_point now = clock::now();
  while (!entries_.empty() && entries_.top().due <= now) {
    const entry first = entries_.top();
    entries_.pop();
    if (first.which->due_ != first.due) continue;
    first.which->due_ = time_point::max();
    first.which->on_due();
  }
}

void loop::set_alarm(time_point due) {
  if (due == alarm_due_) return;
  alarm_due_ = due;
  const auto ns = std::max<std::int64_t>(nanoseconds(due.time_since_epoch()).count(), 1);
  const ::itimerspec at{.it_interval = {},
                        .it_value = {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000}};
  check(::timerfd_settime(alarm_.get(), TFD_TIMER_ABSTIME, &at, nullptr), "timerfd_settime");
}

bool loop::turn() {
  call_due();
  if (!entries_.empty()) set_alarm(entries_.top().due);
  std::array<::epoll_event, 256> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), 100);
  if (count < 0 && errno != EINTR) check(count, "epoll_wait");
  for (int i = 0; i < count; ++i) {
    const ::epoll_event& each = events[static_cast<std::size_t>(i)];
    if (each.data.ptr != nullptr) static_cast<watched*>(each.data.ptr)->on_events(each.events);
  }
  return count < static_cast<int>(events.size());
}

}  // namespace timed::tests::load
