// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/contenders/libevent_echo.h"

#include <event2/buffer.h>

namespace timed::bench::contenders {

struct libevent_echo::session {
  session(libevent_echo& owner, int descriptor)
      : of(owner), stream(make_libevent_stream(of.base_.get(), descriptor, *this)) {}

  void on_read() {
    ::evbuffer* const input = ::bufferevent_get_input(stream.get());
    under_way += ::evbuffer_get_length(input);
    if (::bufferevent_write_buffer(stream.get(), input) != 0) fail(BEV_EVENT_ERROR);
  }

  // All that is under way has been written.
  void on_written() {
    if (of.meter_->is_all_with(under_way)) ::event_base_loopbreak(of.base_.get());
    under_way = 0;
  }

  void fail(short what) {
    of.failure_ = what;
    ::event_base_loopbreak(of.base_.get());
  }

  libevent_echo& of;
  owned_bufferevent stream;
  std::size_t under_way = 0;
};

libevent_echo::libevent_echo(std::vector<owned_descriptor> connections)
    : base_(make_libevent_base()) {
  for (owned_descriptor& each : connections) {
    sessions_.push_back(std::make_unique<session>(*this, each.release()));
  }
}

libevent_echo::~libevent_echo() = default;

void libevent_echo::serve(echo_meter& meter) {
  meter_ = &meter;
  run_libevent(base_.get(), failure_);
}

}  // namespace timed::bench::contenders
