// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_SEND_AND_POLL_H
#define TIMED_BENCH_CONTENDERS_SEND_AND_POLL_H

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <vector>

namespace timed::bench::contenders {

/// Writes by send(2), and waits in poll(2) while the socket is full: no event loop, no deadline.
class send_and_poll {
 public:
  static constexpr std::string_view name = "send_and_poll";

  /// @param descriptor Of the socket to write to; the caller keeps ownership.
  /// @param data Bytes of each write; the caller keeps them alive.
  send_and_poll(int descriptor, const std::vector<char>& data,
                std::size_t /*background_deadlines_count*/)
      : descriptor_(descriptor), data_(data) {}

  void set_deadlines(bool) {}

  /// As `closed_loop::run`.
  std::chrono::steady_clock::duration run(std::size_t writes) {
    const auto began = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < writes; ++i) write();
    return std::chrono::steady_clock::now() - began;
  }

 private:
  void write() {
    for (std::size_t sent = 0; sent < data_.size();) {
      const ::ssize_t bytes = ::send(descriptor_, data_.data() + sent, data_.size() - sent,
                                     MSG_DONTWAIT | MSG_NOSIGNAL);
      if (bytes >= 0) {
        sent += static_cast<std::size_t>(bytes);
      } else if (errno == EAGAIN) {
        ::pollfd room{.fd = descriptor_, .events = POLLOUT, .revents = 0};
        ::poll(&room, 1, -1);
      } else {
        throw std::system_error(errno, std::generic_category(), "send");
      }
    }
  }

  const int descriptor_;
  const std::vector<char>& data_;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_SEND_AND_POLL_H
