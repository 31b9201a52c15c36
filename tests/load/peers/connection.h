// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_LOAD_PEERS_CONNECTION_H
#define TIMED_TESTS_LOAD_PEERS_CONNECTION_H

#include <cstddef>
#include <cstdint>
#include <span>

#include "tests/load/peers/loop.h"

namespace timed::tests::load {

/// How a system call on a connection went.
struct transfer {
  std::size_t bytes = 0;
  bool has_ended = false;  ///< The server has ended the connection. Neither: nothing for now.
};

/// A connection to the server, without blocking.
class connection {
 public:
  /// Starts to connect, from one of a hundred addresses, so that no ports are short.
  /// @param receive_buffer The kernel's, in bytes; 0 for its own choice.
  /// @throws std::system_error
  void connect(std::uint16_t port, int receive_buffer = 0);

  /// Whether it is connected, or has been, to be called when it is writable.
  /// @throws std::system_error if the server refuses.
  void check_connected() const;

  transfer receive(std::span<char> into) const;
  transfer send(std::span<const char> bytes) const;

  /// Closes it in order, if all that arrived has been received.
  void close() { socket_ = descriptor(); }
  void reset();

  bool is_open() const { return socket_.is_open(); }
  const descriptor& socket() const { return socket_; }

 private:
  descriptor socket_;
};

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_PEERS_CONNECTION_H
