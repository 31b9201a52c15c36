// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/load/peers/hostile_peer.h"

#include <sys/epoll.h>

#include <algorithm>
#include <span>

namespace timed::tests::load {

void hostile_peer::come_no_more() {
  may_come_ = false;
  if (to_server.is_open() && is_connected_ && !ends_by_itself()) return;
  process.events.call_no_more(*this);
  if (to_server.is_open()) leave(false);
}

void hostile_peer::on_due() {
  if (to_server.is_open()) return on_time();
  connected_at_ = clock::now();
  to_server.connect(process.port, receive_buffer());
  process.events.watch(to_server.socket(), EPOLLOUT, *this);
}

void hostile_peer::on_events(std::uint32_t epoll_events) {
  if (!is_connected_) {
    to_server.check_connected();
    is_connected_ = true;
    ++process.state.connected;
    const std::uint32_t wanted = on_connected();
    if (to_server.is_open()) process.events.change(to_server.socket(), wanted, *this);
    return;
  }
  if ((epoll_events & EPOLLIN) != 0) on_readable();
  if (to_server.is_open() && (epoll_events & EPOLLOUT) != 0) on_writable();
  if (to_server.is_open() && (epoll_events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0) {
    follow({.has_ended = true});
  }
}

void hostile_peer::leave(bool with_reset) {
  with_reset ? to_server.reset() : to_server.close();
  forget_connection();
}

std::size_t hostile_peer::receive() {
  return follow(to_server.receive(process.received));
}
std::size_t hostile_peer::send(std::span<const char> bytes) {
  return follow(to_server.send(bytes));
}

std::size_t hostile_peer::follow(transfer outcome) {
  if (outcome.has_ended) {
    on_ended();
    to_server.close();
    forget_connection();
  }
  return outcome.bytes;
}

void hostile_peer::forget_connection() {
  if (is_connected_) --process.state.connected;
  is_connected_ = false;
  has_to_end_by_ = time_point::max();
  process.events.call_no_more(*this);
  if (may_come_) call_at(next_visit(connected_at_));
}

}  // namespace timed::tests::load
