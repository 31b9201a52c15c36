// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/contenders/libevent/writes.h"

#include <event2/util.h>

#include <chrono>
#include <stdexcept>

#include "bench/contenders/background_times.h"

namespace timed::bench::contenders {

libevent_writes::libevent_writes(int descriptor, const std::vector<char>& data,
                                 std::size_t background_deadlines_count)
    : data_(data), base_(make_libevent_base()), timeout_(libevent_timeout(base_.get())) {
  background_.reserve(background_deadlines_count);
  const auto now = std::chrono::steady_clock::now();
  for_each_background_deadline(
      background_deadlines_count, [&](std::chrono::steady_clock::time_point deadline) {
        using std::chrono::microseconds;
        const auto after = std::chrono::ceil<microseconds>(deadline - now).count();
        const ::timeval relative{.tv_sec = after / 1'000'000, .tv_usec = after % 1'000'000};
        background_.emplace_back(throw_if_null(::evtimer_new(
            base_.get(),
            [](evutil_socket_t, short what, void* self) {
              static_cast<libevent_writes*>(self)->on_event(what);
            },
            this)));
        throw_if_libevent_failed(::evtimer_add(background_.back().get(), &relative), "evtimer_add");
      });
  throw_if_libevent_failed(::evutil_make_socket_nonblocking(descriptor), "O_NONBLOCK");
  stream_.reset(throw_if_null(::bufferevent_socket_new(base_.get(), descriptor, 0)));
  ::bufferevent_setcb(
      stream_.get(), nullptr,
      [](::bufferevent*, void* self) { static_cast<libevent_writes*>(self)->on_written(); },
      [](::bufferevent*, short what, void* self) {
        static_cast<libevent_writes*>(self)->on_event(what);
      },
      this);
  throw_if_libevent_failed(::bufferevent_disable(stream_.get(), EV_READ), "bufferevent_disable");
}

void libevent_writes::set_deadlines(bool enabled) {
  throw_if_libevent_failed(
      ::bufferevent_set_timeouts(stream_.get(), nullptr, enabled ? timeout_ : nullptr),
      "bufferevent_set_timeouts");
}

std::chrono::steady_clock::duration libevent_writes::run(std::size_t writes) {
  remaining_ = writes;
  const auto began = std::chrono::steady_clock::now();
  next();
  throw_if_libevent_failed(::event_base_loop(base_.get(), EVLOOP_NO_EXIT_ON_EMPTY),
                           "event_base_loop");
  const auto ended = std::chrono::steady_clock::now();
  if (failure_ != 0) {
    throw std::runtime_error(failure_ == EV_TIMEOUT         ? "a background deadline passed"
                             : failure_ & BEV_EVENT_TIMEOUT ? "a write's deadline passed"
                                                            : "a write failed");
  }
  return ended - began;
}

void libevent_writes::next() {
  // Called from C, so it must not throw.
  if (::bufferevent_write(stream_.get(), data_.data(), data_.size()) != 0) {
    on_event(BEV_EVENT_ERROR);
  }
}

void libevent_writes::on_written() {
  if (--remaining_ > 0) return next();
  ::event_base_loopbreak(base_.get());
}

void libevent_writes::on_event(short what) {
  failure_ = what;
  ::event_base_loopbreak(base_.get());
}

}  // namespace timed::bench::contenders
