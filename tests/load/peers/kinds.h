// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The kinds of hostile peers.

#ifndef TIMED_TESTS_LOAD_PEERS_KINDS_H
#define TIMED_TESTS_LOAD_PEERS_KINDS_H

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <stdexcept>
#include <string_view>

#include "tests/load/peers/hostile_peer.h"

namespace timed::tests::load {

/// 64 KiB of whole requests.
inline const std::array<char, 1 << 16> flood = [] {
  std::array<char, 1 << 16> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 + (i >> 8));
  return bytes;
}();

/// Connects, and sends nothing.
class silent_peer final : public hostile_peer {
 public:
  using hostile_peer::hostile_peer;
  std::string_view name() const override { return "a silent peer"; }

 private:
  std::uint32_t on_connected() override {
    must_end_by(clock::now() + process.chosen.of_strangers.idle);
    return EPOLLIN;
  }
  void on_readable() override { receive(); }
  void on_ended() override { ++process.state.silent_ended; }
  bool ends_by_itself() const override { return false; }
};

/// Sends a byte now and then: never long enough idle, but a request takes too long (slow loris).
class dripping_peer final : public hostile_peer {
 public:
  using hostile_peer::hostile_peer;
  std::string_view name() const override { return "a peer that sends a byte now and then"; }

 private:
  std::uint32_t on_connected() override {
    must_end_by(clock::now() + process.chosen.of_strangers.request);
    on_time();
    return EPOLLIN;
  }
  void on_readable() override { receive(); }
  void on_time() override {
    send(std::span(flood).first(1));
    if (to_server.is_open()) call_at(clock::now() + process.chosen.drip);
  }
  void on_ended() override { ++process.state.dripping_ended; }
  bool ends_by_itself() const override { return false; }
};

/// Sends as fast as it can, and reads what comes back.
class flooder final : public hostile_peer {
 public:
  using hostile_peer::hostile_peer;
  std::string_view name() const override { return "a flooder"; }

 private:
  std::uint32_t on_connected() override {
    sent_ = received_ = 0;
    return EPOLLIN | EPOLLOUT;
  }
  void on_writable() override { sent_ += send(std::span(flood).subspan(sent_ % flood.size())); }
  void on_readable() override {
    const std::span<const char> all(process.received.data(), receive());
    for (auto rest = all; !rest.empty();) {
      const auto expected = std::span(flood).subspan(received_ % flood.size());
      const auto part = rest.first(std::min(rest.size(), expected.size()));
      if (!std::equal(part.begin(), part.end(), expected.begin())) {
        throw std::runtime_error("what comes back to a flooder is not what it has sent");
      }
      received_ += part.size();
      rest = rest.subspan(part.size());
    }
    process.state.flooded_bytes += all.size();
  }

  std::size_t sent_ = 0;
  std::size_t received_ = 0;
};

/// Sends as fast as it can, and never reads.
class never_reading_peer final : public hostile_peer {
 public:
  using hostile_peer::hostile_peer;
  std::string_view name() const override { return "a peer that never reads"; }

 private:
  std::uint32_t on_connected() override {
    on_writable();
    return EPOLLOUT | EPOLLRDHUP;
  }
  // The server has to end it when nothing moves any more.
  void on_writable() override {
    must_end_by(clock::now() + process.chosen.of_strangers.write);
    send(flood);
  }
  void on_ended() override { ++process.state.never_read_ended; }
  bool ends_by_itself() const override { return false; }
  int receive_buffer() const override { return 4096; }
};

/// Sends some bytes, seldom whole requests, and resets the connection: at once, a little later, or
/// when the first bytes come back.
class resetting_peer final : public hostile_peer {
 public:
  resetting_peer(hostile_process& of, nanoseconds period) : hostile_peer(of), period_(period) {}
  std::string_view name() const override { return "a peer that resets"; }

 private:
  std::uint32_t on_connected() override {
    send(std::span(flood).first(1 + process.random() % 8192));
    if (!to_server.is_open()) return 0;
    const auto way = process.random() % 3;
    if (way == 0) {
      reset();
    } else {
      call_at(clock::now() + std::chrono::milliseconds(way == 1 ? 5 : 100));
    }
    return way == 2 ? std::uint32_t{EPOLLIN} : 0;
  }
  void on_time() override { reset(); }
  void on_readable() override { reset(); }
  time_point next_visit(time_point connected) override { return connected + period_; }

  void reset() {
    ++process.state.resets;
    leave(true);
  }

  const nanoseconds period_;
};

/// Opens a connection and closes it, without a word or with a request whose answer it does not
/// await.
class visitor final : public hostile_peer {
 public:
  visitor(hostile_process& of, nanoseconds period) : hostile_peer(of), period_(period) {}
  std::string_view name() const override { return "a visitor"; }

 private:
  std::uint32_t on_connected() override {
    if (process.random() % 2 == 0) send(std::span(flood).first(request_bytes));
    ++process.state.visits;
    if (to_server.is_open()) leave(false);
    return 0;
  }
  time_point next_visit(time_point connected) override { return connected + period_; }

  const nanoseconds period_;
};

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_PEERS_KINDS_H
