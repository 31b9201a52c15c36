// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUPPORT_CONNECTION_H
#define TIMED_BENCH_SUPPORT_CONNECTION_H

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "timed/backend.h"

namespace timed::bench {

/// A pair of connected sockets: the one that is written to, and its peer.
///
/// The peer takes no part in what is measured. It is a bare descriptor rather than a socket of the
/// benchmark's context, where each arriving packet would make an event for the very loop that is
/// measured; nobody waits on it, so that waking a reader is not in a write's cost; and it is
/// drained between the timed sections.
///
/// A write to a TCP socket whose window is full costs less than half of one that is sent: the
/// kernel only appends it to what it has queued. So each drain holds that all were sent, and
/// the congestion window is opened first, as that of a connection that has been in use for a
/// while. The congestion control is Reno, which every kernel has and allows: the system's default
/// may be one that paces (BBR), and then sends from a timer, which no write is charged for.
class connection {
 public:
  /// Over loopback, with Nagle's algorithm off.
  explicit connection(const net::ip::tcp&);
  /// As a socket pair.
  explicit connection(const net::local::stream_protocol&);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  /// The end to write to, for one socket's `assign`, which owns it from then on.
  int writing_descriptor() const { return writing_; }

  /// The other end, which stays this object's.
  int peer_descriptor() const { return peer_; }

  /// Reads off the peer what was written since the last drain.
  /// @throws std::runtime_error if bytes are missing or left over, or if not every write was sent
  ///     at once and on its own.
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

#endif  // TIMED_BENCH_SUPPORT_CONNECTION_H
