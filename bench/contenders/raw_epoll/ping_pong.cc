// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/contenders/raw_epoll/ping_pong.h"

#include <sys/socket.h>

#include <array>
#include <stdexcept>

#include "bench/harness/owned_descriptor.h"

namespace timed::bench::contenders {

struct raw_epoll_ping_pong::end {
  void read() {
    expect_whole(::recv(descriptor.get(), memory.data(), memory.size(), MSG_DONTWAIT), "recv");
  }

  void write() {
    expect_whole(
        ::send(descriptor.get(), memory.data(), memory.size(), MSG_DONTWAIT | MSG_NOSIGNAL),
        "send");
  }

  static void expect_whole(::ssize_t result, const char* what) {
    if (unless_failed(result, what) != message_bytes) {
      throw std::runtime_error("a partial transfer");
    }
  }

  static constexpr std::size_t message_bytes = 64;

  owned_descriptor descriptor;
  bool is_server = false;
  std::array<char, message_bytes> memory{};
};

raw_epoll_ping_pong::raw_epoll_ping_pong(std::size_t connections) : ends_(2 * connections) {
  for (std::size_t i = 0; i < ends_.size(); i += 2) {
    std::array<int, 2> pair{};
    unless_failed(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), "socketpair");
    add(ends_[i], pair[0]);
    add(ends_[i + 1], pair[1]);
    ends_[i + 1].is_server = true;
  }
}

raw_epoll_ping_pong::~raw_epoll_ping_pong() = default;

void raw_epoll_ping_pong::add(end& at, int descriptor) {
  at.descriptor = owned_descriptor(descriptor, "socketpair");
  set_.add(descriptor, EPOLLIN | EPOLLET, at);
}

std::chrono::duration<double, std::nano> raw_epoll_ping_pong::run(std::size_t round_trips) {
  const auto began = std::chrono::steady_clock::now();
  std::size_t left_to_begin = round_trips;
  std::size_t left_to_end = round_trips;
  for (std::size_t i = 0; i < ends_.size() && left_to_begin > 0; i += 2, --left_to_begin) {
    ends_[i].write();
  }
  while (left_to_end > 0) {
    set_.wait_for_each([&](end& at) {
      at.read();
      if (!at.is_server) {
        --left_to_end;
        if (left_to_begin == 0) return;
        --left_to_begin;
      }
      at.write();
    });
  }
  return std::chrono::steady_clock::now() - began;
}

}  // namespace timed::bench::contenders
