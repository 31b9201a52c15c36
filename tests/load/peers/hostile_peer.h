// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_LOAD_PEERS_HOSTILE_PEER_H
#define TIMED_TESTS_LOAD_PEERS_HOSTILE_PEER_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>

#include "tests/load/options.h"
#include "tests/load/peers/connection.h"
#include "tests/load/peers/loop.h"
#include "tests/load/shared_state.h"

namespace timed::tests::load {

/// What all hostile peers of a process have.
struct hostile_process {
  const options& chosen;
  const std::uint16_t port;
  hostile_state& state;
  loop events{};
  std::mt19937 random{1};
  std::array<char, 1 << 16> received{};
};

/// A peer that connects, does harm, and comes again when its connection has ended.
class hostile_peer : public watched {
 public:
  explicit hostile_peer(hostile_process& of) : process(of) {}

  /// Connects for the first time at this time.
  void begin(time_point at) { process.events.call_at(at, *this); }

  /// Connects no more. What has no end by the server ends by itself.
  void come_no_more();

  bool is_gone() const { return !to_server.is_open(); }

  /// Until when the server has to end the connection; never if it need not.
  time_point has_to_end_by() const { return has_to_end_by_; }

  virtual std::string_view name() const = 0;

  void on_due() final;
  void on_events(std::uint32_t epoll_events) final;

 protected:
  /// The connection has been established.
  /// @return The events of epoll that are waited for.
  virtual std::uint32_t on_connected() = 0;
  virtual void on_readable() {}
  virtual void on_writable() {}
  /// The point in time for which `call_at` was called has come.
  virtual void on_time() {}
  /// The server has ended the connection.
  virtual void on_ended() {}
  /// Whether the peer ends its connection itself when it has to come no more.
  virtual bool ends_by_itself() const { return true; }
  /// Of the kernel, in bytes; 0 for its own choice.
  virtual int receive_buffer() const { return 0; }
  /// @return When to connect again; `connected` is when it did the last time.
  virtual time_point next_visit(time_point connected) { return connected; }

  void must_end_by(time_point time) { has_to_end_by_ = time; }
  void call_at(time_point time) { process.events.call_at(time, *this); }

  /// Closes the connection, or with a reset.
  void leave(bool with_reset);

  /// Receives what has arrived into the memory of the process.
  /// @return How many bytes; none if the connection has ended, too.
  std::size_t receive();
  /// Sends as many of these bytes as there is room for.
  std::size_t send(std::span<const char> bytes);

  hostile_process& process;
  connection to_server;

 private:
  std::size_t follow(transfer outcome);
  void forget_connection();

  bool is_connected_ = false;
  bool may_come_ = true;
  time_point connected_at_;
  time_point has_to_end_by_ = time_point::max();
};

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_PEERS_HOSTILE_PEER_H
