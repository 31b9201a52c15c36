// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_NETWORK_PEER_H
#define TIMED_TESTS_NETWORK_PEER_H

#include <chrono>

namespace timed::tests::network {

/// What the peer does with a connection. Each is on a port of its own, the first plus its number.
enum class behaviour : unsigned {
  silent,               ///< neither reads nor writes
  echo,                 ///< writes what it has read
  echo_by_tls,          ///< the same over TLS
  reset_after_a_byte,   ///< resets the connection once it has received something
  read_late_and_count,  ///< sends a port; reads only once a byte has come there, to the end, and
                        ///< then sends how many bytes it has read, in 64 bits
  byte_by_byte,         ///< sends 0, 1, 2 ..., one byte at a time
  count,
};

/// How long it waits after each byte.
constexpr std::chrono::milliseconds between_bytes{10};

}  // namespace timed::tests::network

#endif  // TIMED_TESTS_NETWORK_PEER_H
