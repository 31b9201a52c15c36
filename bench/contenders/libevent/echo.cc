// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/contenders/libevent/echo.h"

#include <event2/buffer.h>

namespace timed::bench::contenders {

struct libevent_echo::session {
  session(libevent_echo& owner, int descriptor)
      : server(owner), stream(make_libevent_stream(server.base_.get(), descriptor, *this)) {}

  void on_read() {
    ::evbuffer* const input = ::bufferevent_get_input(stream.get());
    outstanding += ::evbuffer_get_length(input);
    if (::bufferevent_write_buffer(stream.get(), input) != 0) fail(BEV_EVENT_ERROR);
  }

  // Called when the output buffer is empty.
  void on_written() {
    if (server.meter_->is_complete_after(outstanding)) ::event_base_loopbreak(server.base_.get());
    outstanding = 0;
  }

  void fail(short what) {
    server.failure_ = what;
    ::event_base_loopbreak(server.base_.get());
  }

  libevent_echo& server;
  owned_bufferevent stream;
  std::size_t outstanding = 0;
};

libevent_echo::libevent_echo(std::vector<owned_descriptor> connections)
    : base_(make_libevent_base()) {
  for (owned_descriptor& descriptor : connections) {
    sessions_.push_back(std::make_unique<session>(*this, descriptor.release()));
  }
}

libevent_echo::~libevent_echo() = default;

void libevent_echo::serve(echo_meter& meter) {
  meter_ = &meter;
  run_libevent(base_.get(), failure_);
}

}  // namespace timed::bench::contenders
