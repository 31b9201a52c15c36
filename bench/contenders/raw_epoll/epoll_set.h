// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_RAW_EPOLL_EPOLL_SET_H
#define TIMED_BENCH_CONTENDERS_RAW_EPOLL_EPOLL_SET_H

#include <sys/epoll.h>
#include <sys/types.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <system_error>

#include "bench/harness/owned_descriptor.h"

namespace timed::bench::contenders {

/// @param result Result of a system call.
/// @return The same; -1 if the call has to be repeated (EAGAIN or EINTR).
/// @throws std::system_error for any other error.
inline ::ssize_t unless_failed(::ssize_t result, const char* what) {
  if (result < 0 && errno != EAGAIN && errno != EINTR) {
    throw std::system_error(errno, std::generic_category(), what);
  }
  return result;
}

/// An epoll instance for the raw epoll loops.
///
/// @tparam Item Owner of a descriptor.
template <class Item>
class epoll_set {
 public:
  /// @throws std::system_error
  epoll_set() : descriptor_(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1") {}

  /// Has `wait_for_each` call with `of` on these events of the descriptor.
  /// @throws std::system_error
  void add(int descriptor, std::uint32_t events, Item& item) {
    control(EPOLL_CTL_ADD, descriptor, events, item);
  }

  /// The same of a descriptor that was added before. What it is ready for already is an event, too.
  /// @throws std::system_error
  void change(int descriptor, std::uint32_t events, Item& item) {
    control(EPOLL_CTL_MOD, descriptor, events, item);
  }

  /// Waits for events, and calls `on_ready(item)` for each that is there.
  /// @throws std::system_error
  void wait_for_each(auto on_ready) {
    const ::ssize_t count = unless_failed(
        ::epoll_wait(descriptor_.get(), ready_.data(), static_cast<int>(ready_.size()), -1),
        "epoll_wait");
    for (::ssize_t i = 0; i < count; ++i) {
      on_ready(*static_cast<Item*>(ready_[static_cast<std::size_t>(i)].data.ptr));
    }
  }

 private:
  void control(int operation, int descriptor, std::uint32_t events, Item& item) {
    ::epoll_event event{.events = events, .data = {.ptr = &item}};
    unless_failed(::epoll_ctl(descriptor_.get(), operation, descriptor, &event), "epoll_ctl");
  }

  owned_descriptor descriptor_;
  std::array<::epoll_event, 256> ready_{};
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_RAW_EPOLL_EPOLL_SET_H
