// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/contenders/epoll_echo.h"

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

struct epoll_echo::session {
  owned_descriptor descriptor;
  std::size_t begin = 0;  // of what is still to be written
  std::size_t end = 0;
  std::array<char, 1024> memory{};
};

epoll_echo::epoll_echo(std::vector<owned_descriptor> connections) : sessions_(connections.size()) {
  for (std::size_t i = 0; i < connections.size(); ++i) {
    session& each = sessions_[i];
    each.descriptor = std::move(connections[i]);
    set_.add(each.descriptor.get(), to_read, each);
  }
}

epoll_echo::~epoll_echo() = default;

void epoll_echo::serve(echo_meter& meter) {
  meter_ = &meter;
  is_all_ = false;
  while (!is_all_) set_.wait_for_each([this](session& of) { proceed(of); });
}

void epoll_echo::proceed(session& of) {
  if (of.begin < of.end) {  // it has waited for room
    if (write(of)) set_.change(of.descriptor.get(), to_read, of);
    return;
  }
  // A read that does not fill the memory has taken all that there was: what comes later is an event
  // of its own.
  do {
    if (!read(of)) return;
    if (!write(of)) return set_.change(of.descriptor.get(), to_write, of);
  } while (of.end == of.memory.size());
}

// Returns whether there was anything.
bool epoll_echo::read(session& of) {
  const ::ssize_t got = unless_failed(
      ::recv(of.descriptor.get(), of.memory.data(), of.memory.size(), MSG_DONTWAIT), "recv");
  if (got == 0) throw std::runtime_error("the client has closed a connection");
  if (got < 0) return false;
  of.begin = 0;
  of.end = static_cast<std::size_t>(got);
  return true;
}

// Returns whether that was all.
bool epoll_echo::write(session& of) {
  const ::ssize_t sent = unless_failed(::send(of.descriptor.get(), of.memory.data() + of.begin,
                                              of.end - of.begin, MSG_DONTWAIT | MSG_NOSIGNAL),
                                       "send");
  if (sent < 0) return false;
  const auto bytes = static_cast<std::size_t>(sent);
  if (meter_->is_all_with(bytes)) is_all_ = true;
  of.begin += bytes;
  return of.begin == of.end;
}

}  // namespace timed::bench::contenders
