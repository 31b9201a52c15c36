// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_FULL_SOCKET_H
#define TIMED_BENCH_DRIVERS_FULL_SOCKET_H

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>

#include "bench/drivers/connection.h"

namespace timed::bench {

/// A pair of connected Unix sockets whose writing end has a small buffer: once it is full, a write
/// waits until the peer has read.
class full_socket {
 public:
  full_socket() : ends_(net::local::stream_protocol()) {
    const int smallest = 1;  // the kernel rounds it up to its minimum, some 4.5 KiB
    if (::setsockopt(writing_descriptor(), SOL_SOCKET, SO_SNDBUF, &smallest, sizeof(smallest))) {
      throw std::system_error(errno, std::generic_category(), "SO_SNDBUF");
    }
  }

  /// As `connection::writing_descriptor`.
  int writing_descriptor() const { return ends_.writing_descriptor(); }

  /// @return The other end, which this object keeps.
  int peer_descriptor() const { return ends_.peer_descriptor(); }

  /// Adds bytes that others have read at the peer.
  void was_read(std::size_t bytes) { drained_ += bytes; }

  /// Adds bytes that others have written.
  void wrote(std::size_t bytes) { bytes_ += bytes; }

  /// @return Number of bytes written by `fill` and reported to `wrote` that were not read yet.
  std::size_t bytes_left() const { return bytes_ - drained_; }

  /// Reads at the peer what has arrived.
  /// @throws std::system_error if the connection has failed or ended.
  std::size_t drain(std::size_t bytes_max = std::numeric_limits<std::size_t>::max()) {
    std::size_t all = 0;
    while (all < bytes_max) {
      const ::ssize_t n = ::recv(ends_.peer_descriptor(), scratch_.data(),
                                 std::min(scratch_.size(), bytes_max - all), MSG_DONTWAIT);
      if (n < 0 && errno == EAGAIN) break;
      if (n < 0) throw std::system_error(errno, std::generic_category(), "recv");
      if (n == 0) throw std::runtime_error("the writing end was closed");
      all += static_cast<std::size_t>(n);
    }
    drained_ += all;
    return all;
  }

  /// Checks that all written bytes arrive. Call it while no write is outstanding.
  /// @throws std::runtime_error if the numbers of bytes written and read differ.
  void expect_all_arrived() {
    drain();
    if (drained_ != bytes_) {
      throw std::runtime_error("of " + std::to_string(bytes_) + " bytes written, " +
                               std::to_string(drained_) + " arrived");
    }
    bytes_ = drained_ = 0;
  }

  /// Writes until the socket is full.
  void fill() {
    for (;;) {
      const ::ssize_t n = ::send(writing_descriptor(), scratch_.data(), scratch_.size(),
                                 MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) return;
      if (n < 0) throw std::system_error(errno, std::generic_category(), "send");
      bytes_ += static_cast<std::size_t>(n);
    }
  }

 private:
  connection ends_;
  std::array<char, 4096> scratch_{};
  std::size_t bytes_ = 0;
  std::size_t drained_ = 0;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_FULL_SOCKET_H
