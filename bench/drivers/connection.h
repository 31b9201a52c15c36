// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_CONNECTION_H
#define TIMED_BENCH_DRIVERS_CONNECTION_H

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "timed/backend.h"

namespace timed::bench {

/// A pair of connected sockets: the writing end and its peer.
///
/// The peer is not part of the measurement. It is a plain descriptor, not a socket of the
/// benchmark's context, where each arriving packet would be an event of the measured loop. Nothing
/// waits on it, so waking a reader is not part of a write's cost. It is drained between the timed
/// sections.
///
/// A write to a TCP socket whose window is full costs less than half of one that is sent: the
/// kernel only appends it to its queue. So each drain checks that all writes were sent, and the
/// congestion window is opened first, like that of a connection that has been in use for a while.
/// The congestion control is Reno, which every kernel has and allows: the system's default may pace
/// (BBR), and then sends from a timer, whose cost is not charged to a write.
class connection {
 public:
  /// Over loopback, with Nagle's algorithm off.
  explicit connection(const net::ip::tcp&);
  /// As a socket pair.
  explicit connection(const net::local::stream_protocol&);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  /// @return The writing end, for the `assign` of a socket, which takes ownership.
  int writing_descriptor() const { return writing_; }

  /// @return The other end, which this object keeps.
  int peer_descriptor() const { return peer_; }

  /// Reads what was written since the last drain.
  /// @throws std::runtime_error if bytes are missing or left over, or if a write was not sent
  ///     immediately and separately.
  void drain(std::size_t writes, std::size_t bytes_per_write);

 private:
  bool all_were_sent(std::size_t writes);
  void read_from_peer(std::size_t bytes);
  void open_window();

  const bool is_tcp_;
  int writing_ = -1;
  int peer_ = -1;
  std::uint32_t segments_before_ = 0;
  std::vector<char> scratch_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_CONNECTION_H
