// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_COUNTING_LOOPS_H
#define TIMED_BENCH_COUNTING_LOOPS_H

#include <sys/socket.h>

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <system_error>

#include "bench/contenders/plain_socket.h"
#include "bench/support/operations.h"
#include "bench/support/rig.h"
#include "timed/backend.h"
#include "tools/counting/stepped_clock.h"
#include "tools/counting/traced.h"

namespace timed::bench {

/// How many operations are counted at a time, and how many bytes each has.
inline constexpr std::size_t counted_operations = 16;
inline constexpr std::size_t counted_bytes = 64;

/// Makes operations over TCP, each started by the handler of the one before. None has to wait: what
/// is read has arrived before.
template <class Contender, class Operation>
class counted_loop {
 public:
  explicit counted_loop(std::size_t background_deadlines_count)
      : rig_(net::ip::tcp::v4(), counted_bytes, background_deadlines_count) {
    Contender::prepare(rig_.stream);
    for (int i = 0; i < 3; ++i) run();  // so that what is kept for reuse is there
  }

  /// @return How many handlers were called.
  /// @throws std::runtime_error if an operation fails or is partial.
  std::size_t run() {
    prepare_peer();
    const std::size_t handlers = make_operations();
    hold_and_drain();
    return handlers;
  }

  /// The same, of which the operations and what they leave behind are what `traced` counts.
  void run_marked() {
    prepare_peer();
    counting::prepare_clock_for_stepping();
    counting::mark();
    make_operations();
    counting::mark();
    hold_and_drain();
  }

 private:
  void prepare_peer() {
    if constexpr (Operation::is_read) {
      std::array<char, counted_operations * counted_bytes> all{};
      const ::ssize_t sent =
          ::send(rig_.peer.peer_descriptor(), all.data(), all.size(), MSG_NOSIGNAL);
      if (sent != static_cast<::ssize_t>(all.size())) {
        throw std::system_error(errno, std::generic_category(), "send");
      }
    }
  }

  std::size_t make_operations() {
    remaining_ = counted_operations;
    rig_.context.restart();
    next();
    const std::size_t handlers = rig_.context.run();
    rig_.context.restart();  // for what the last one has left behind
    return handlers + rig_.context.poll();
  }

  void hold_and_drain() {
    if (failure_) throw std::runtime_error("an operation failed: " + failure_.message());
    if (remaining_ != 0) throw std::logic_error("the context stopped before the last operation");
    if (!Operation::is_read) rig_.peer.drain(counted_operations, counted_bytes);
  }

  void next() {
    Contender::set_deadline(rig_.stream);
    Contender::template start<Operation>(
        rig_.stream, net::buffer(rig_.bytes),
        [this](error_code ec, std::size_t bytes) { on_end(ec, bytes); });
  }

  void on_end(error_code ec, std::size_t bytes) {
    failure_ = ec ? ec : bytes != counted_bytes ? error_code(net::error::message_size) : ec;
    if (!failure_ && --remaining_ > 0) return next();
    rig_.context.stop();  // others' deadlines would keep it running
  }

  rig<Contender, net::ip::tcp> rig_;
  std::size_t remaining_ = 0;
  error_code failure_;
};

/// The same for writes by something that has an event loop of its own.
template <class Writes>
class counted_loop_by_hand {
 public:
  explicit counted_loop_by_hand(std::size_t background_deadlines_count)
      : rig_(net::ip::tcp::v4(), counted_bytes, 0),
        writes_(rig_.peer.writing_descriptor(), rig_.bytes, background_deadlines_count) {
    writes_.set_deadlines(true);
    for (int i = 0; i < 3; ++i) run();
  }

  std::size_t run() {
    writes_.run(counted_operations);
    rig_.peer.drain(counted_operations, counted_bytes);
    return 0;  // handlers that it would know of
  }

  void run_marked() {
    counting::mark();
    writes_.run(counted_operations);
    counting::mark();
    rig_.peer.drain(counted_operations, counted_bytes);
  }

 private:
  rig<contenders::plain_socket, net::ip::tcp> rig_;
  Writes writes_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_COUNTING_LOOPS_H
