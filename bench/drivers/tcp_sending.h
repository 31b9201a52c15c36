// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_TCP_SENDING_H
#define TIMED_BENCH_DRIVERS_TCP_SENDING_H

#include <cstdint>

namespace timed::bench {

/// State of the bytes written to a TCP socket.
struct tcp_sending {
  std::uint32_t segments_sent;   ///< Segments with data since the connect, modulo 2^32.
  std::uint32_t bytes_not_sent;  ///< Queued bytes: the window is full or sending is paced.
};

/// @throws std::system_error if getsockopt fails.
tcp_sending tcp_sending_of(int descriptor);

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_TCP_SENDING_H
