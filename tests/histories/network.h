// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The network of a history, by system calls: what connects, listens, refuses and stays silent.

#ifndef TIMED_TESTS_HISTORIES_NETWORK_H
#define TIMED_TESTS_HISTORIES_NETWORK_H

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace timed::tests::histories {

/// A descriptor that is closed at the end.
class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int native) : native_(native) {}
  descriptor(descriptor&& other) noexcept : native_(std::exchange(other.native_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(native_, other.native_);
    return *this;
  }
  ~descriptor();

  int get() const { return native_; }
  int release() { return std::exchange(native_, -1); }

 private:
  int native_ = -1;
};

/// Sockets of one protocol on this machine.
template <class Protocol>
class network {
 public:
  using endpoint = typename Protocol::endpoint;

  network();

  std::pair<descriptor, descriptor> connected_pair();

  /// A listener for one connect.
  struct listener {
    descriptor socket;  // none if the network has one for all
    endpoint at;
  };
  listener listen();

  /// Accepts the connection that was made to the listener; waits for it.
  descriptor accept(const listener& from);

  /// Closes connections that were never accepted.
  void drop_connections();

  const endpoint& refusing() const { return refusing_at_; }
  const endpoint& silent() const { return silent_at_; }

 private:
  descriptor listening_, refusing_, silent_;
  std::vector<descriptor> fillers_;
  std::vector<descriptor> accepted_;  // and not asked for yet
  endpoint refusing_at_, silent_at_;
  std::uint32_t port_ = 0;
  std::uint32_t count_ = 0;
};

// For boost::asio::ip::tcp and boost::asio::local::stream_protocol.

/// The bytes that go through connections: the n-th of each is known.
const std::uint8_t* pattern(std::size_t channel, std::size_t position);

/// How many bytes `pattern()` has behind each position.
inline constexpr std::size_t pattern_length = 1 << 16;

/// Writes a channel's bytes from `position` on, until the kernel takes no more.
/// @return How many it has taken.
std::size_t send_pattern(int native, std::size_t channel, std::size_t position);

/// What was left in a connection.
struct rest {
  std::size_t bytes = 0;
  bool is_right = true;  ///< Whether they are the channel's.
  bool has_ended = false;
};

/// Reads until the end, an error, or until nothing has come for long.
rest receive_rest(int native, std::size_t channel, std::size_t position);

}  // namespace timed::tests::histories

#endif  // TIMED_TESTS_HISTORIES_NETWORK_H
