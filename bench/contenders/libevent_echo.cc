// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/contenders/libevent_echo.h"

#include <event2/buffer.h>
#include <event2/util.h>

#include <stdexcept>

namespace timed::bench::contenders {

struct libevent_echo::session {
  session(libevent_echo& owner, int descriptor) : of(owner) {
    throw_if_libevent_failed(::evutil_make_socket_nonblocking(descriptor), "O_NONBLOCK");
    stream.reset(made_by_libevent(
        ::bufferevent_socket_new(of.base_.get(), descriptor, BEV_OPT_CLOSE_ON_FREE)));
    ::bufferevent_setcb(
        stream.get(), [](::bufferevent*, void* self) { static_cast<session*>(self)->on_read(); },
        [](::bufferevent*, void* self) { static_cast<session*>(self)->on_written(); },
        [](::bufferevent*, short what, void* self) { static_cast<session*>(self)->fail(what); },
        this);
    throw_if_libevent_failed(
        ::bufferevent_set_timeouts(stream.get(), &libevent_timeout, &libevent_timeout),
        "bufferevent_set_timeouts");
    throw_if_libevent_failed(::bufferevent_enable(stream.get(), EV_READ | EV_WRITE),
                             "bufferevent_enable");
  }

  void on_read() {
    ::evbuffer* const input = ::bufferevent_get_input(stream.get());
    under_way += ::evbuffer_get_length(input);
    // No exception: it is called from C.
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
  throw_if_libevent_failed(::event_base_dispatch(base_.get()), "event_base_dispatch");
  if (failure_ != 0) {
    throw std::runtime_error(failure_ & BEV_EVENT_EOF ? "the client has closed a connection"
                             : failure_ & BEV_EVENT_TIMEOUT
                                 ? "a deadline passed"
                                 : "a connection to the client has failed");
  }
}

}  // namespace timed::bench::contenders
