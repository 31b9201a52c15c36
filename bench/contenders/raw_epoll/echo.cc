// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/contenders/raw_epoll/echo.h"

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace timed::bench::contenders {
namespace {

constexpr std::uint32_t to_read = EPOLLIN | EPOLLET;
constexpr std::uint32_t to_write = EPOLLOUT;

}  // namespace

struct raw_epoll_echo::session {
  owned_descriptor descriptor;
  std::size_t begin = 0;  // of the bytes still to write
  std::size_t end = 0;
  std::array<char, 1024> memory{};
};

raw_epoll_echo::raw_epoll_echo(std::vector<owned_descriptor> connections)
    : sessions_(connections.size()) {
  for (std::size_t i = 0; i < connections.size(); ++i) {
    session& current = sessions_[i];
    current.descriptor = std::move(connections[i]);
    set_.add(current.descriptor.get(), to_read, current);
  }
}

raw_epoll_echo::~raw_epoll_echo() = default;

void raw_epoll_echo::serve(echo_meter& meter) {
  meter_ = &meter;
  is_complete_ = false;
  while (!is_complete_) set_.wait_for_each([this](session& current) { proceed(current); });
}

void raw_epoll_echo::proceed(session& current) {
  if (current.begin < current.end) {  // it has waited for room
    if (write(current)) set_.change(current.descriptor.get(), to_read, current);
    return;
  }
  // A read that does not fill the memory has drained the socket: later bytes are another event.
  do {
    if (!read(current)) return;
    if (!write(current)) return set_.change(current.descriptor.get(), to_write, current);
  } while (current.end == current.memory.size());
}

// Returns whether there were any bytes.
bool raw_epoll_echo::read(session& current) {
  const ::ssize_t got = unless_failed(
      ::recv(current.descriptor.get(), current.memory.data(), current.memory.size(), MSG_DONTWAIT),
      "recv");
  if (got == 0) throw std::runtime_error("the client has closed a connection");
  if (got < 0) return false;
  current.begin = 0;
  current.end = static_cast<std::size_t>(got);
  return true;
}

// Returns whether all bytes were written.
bool raw_epoll_echo::write(session& current) {
  const ::ssize_t sent =
      unless_failed(::send(current.descriptor.get(), current.memory.data() + current.begin,
                           current.end - current.begin, MSG_DONTWAIT | MSG_NOSIGNAL),
                    "send");
  if (sent < 0) return false;
  const auto bytes = static_cast<std::size_t>(sent);
  if (meter_->is_complete_after(bytes)) is_complete_ = true;
  current.begin += bytes;
  return current.begin == current.end;
}

}  // namespace timed::bench::contenders
