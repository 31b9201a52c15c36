// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/contenders/libevent/ping_pong.h"

#include <event2/buffer.h>
#include <event2/util.h>
#include <sys/socket.h>

#include <array>

namespace timed::bench::contenders {
namespace {

constexpr std::array<char, 64> message{};

}  // namespace

struct libevent_ping_pong::end {
  end(libevent_ping_pong& owner, int descriptor, bool server)
      : loop(owner),
        is_server(server),
        stream(make_libevent_stream(loop.base_.get(), descriptor, *this)) {}

  void ask() {
    --loop.left_to_begin_;
    if (::bufferevent_write(stream.get(), message.data(), message.size()) != 0) {
      fail(BEV_EVENT_ERROR);
    }
  }

  void on_read() {
    ::evbuffer* const input = ::bufferevent_get_input(stream.get());
    if (::evbuffer_get_length(input) != message.size()) return fail(BEV_EVENT_ERROR);
    if (!is_server && !starts_another()) {
      ::evbuffer_drain(input, message.size());
    } else if (::bufferevent_write_buffer(stream.get(), input) != 0) {
      fail(BEV_EVENT_ERROR);
    }
  }

  void on_written() {}

  void fail(short what) {
    loop.failure_ = what;
    ::event_base_loopbreak(loop.base_.get());
  }

  // Returns whether a client that has its answer starts another round trip.
  bool starts_another() {
    if (--loop.left_to_end_ == 0) ::event_base_loopbreak(loop.base_.get());
    if (loop.left_to_begin_ == 0) return false;
    --loop.left_to_begin_;
    return true;
  }

  libevent_ping_pong& loop;
  const bool is_server;
  owned_bufferevent stream;
};

libevent_ping_pong::libevent_ping_pong(std::size_t connections) : base_(make_libevent_base()) {
  for (std::size_t i = 0; i < connections; ++i) {
    std::array<int, 2> ends{};
    throw_if_libevent_failed(::evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()),
                             "evutil_socketpair");
    clients_.push_back(std::make_unique<end>(*this, ends[0], false));
    servers_.push_back(std::make_unique<end>(*this, ends[1], true));
  }
}

libevent_ping_pong::~libevent_ping_pong() = default;

std::chrono::duration<double, std::nano> libevent_ping_pong::run(std::size_t round_trips) {
  const auto began = std::chrono::steady_clock::now();
  left_to_begin_ = left_to_end_ = round_trips;
  for (const auto& client : clients_) {
    if (left_to_begin_ > 0) client->ask();
  }
  run_libevent(base_.get(), failure_);
  return std::chrono::steady_clock::now() - began;
}

}  // namespace timed::bench::contenders
