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

#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/operations.h"
#include "bench/drivers/fixture.h"
#include "timed/backend.h"
#include "tools/counting/stepped_clock.h"
#include "tools/counting/traced.h"

namespace timed::bench {

/// Number of operations that are counted at a time, and bytes of each.
inline constexpr std::size_t counted_operations = 16;
inline constexpr std::size_t counted_bytes = 64;

/// Makes operations over TCP, each started by the handler of the one before. None has to wait: what
/// is read has already arrived.
template <class Contender, class Operation>
class counted_loop {
 public:
  explicit counted_loop(std::size_t background_deadlines_count)
      : fixture_(net::ip::tcp::v4(), counted_bytes, background_deadlines_count) {
    Contender::prepare(fixture_.stream);
    for (int i = 0; i < 3; ++i) run();  // fills the caches of recycled memory
  }

  /// @return Number of handlers called.
  /// @throws std::runtime_error if an operation fails or is partial.
  std::size_t run() {
    prepare_peer();
    const std::size_t handlers = make_operations();
    expect_success_and_drain();
    return handlers;
  }

  /// The same, with marks around the operations and the handlers that they leave, for `traced`.
  void run_marked() {
    prepare_peer();
    counting::prepare_clock_for_stepping();
    counting::mark();
    make_operations();
    counting::mark();
    expect_success_and_drain();
  }

 private:
  void prepare_peer() {
    if constexpr (Operation::is_read) {
      std::array<char, counted_operations * counted_bytes> all{};
      const ::ssize_t sent =
          ::send(fixture_.peer.peer_descriptor(), all.data(), all.size(), MSG_NOSIGNAL);
      if (sent != static_cast<::ssize_t>(all.size())) {
        throw std::system_error(errno, std::generic_category(), "send");
      }
    }
  }

  std::size_t make_operations() {
    remaining_ = counted_operations;
    fixture_.context.restart();
    next();
    const std::size_t handlers = fixture_.context.run();
    fixture_.context.restart();  // for handlers left by the last one
    return handlers + fixture_.context.poll();
  }

  void expect_success_and_drain() {
    if (failure_) throw std::runtime_error("an operation failed: " + failure_.message());
    if (remaining_ != 0) throw std::logic_error("the context stopped before the last operation");
    if (!Operation::is_read) fixture_.peer.drain(counted_operations, counted_bytes);
  }

  void next() {
    Contender::set_deadline(fixture_.stream);
    Contender::template start<Operation>(
        fixture_.stream, net::buffer(fixture_.bytes),
        [this](error_code ec, std::size_t bytes) { on_end(ec, bytes); });
  }

  void on_end(error_code ec, std::size_t bytes) {
    failure_ = ec ? ec : bytes != counted_bytes ? error_code(net::error::message_size) : ec;
    if (!failure_ && --remaining_ > 0) return next();
    fixture_.context.stop();  // other deadlines would keep it running
  }

  fixture<Contender, net::ip::tcp> fixture_;
  std::size_t remaining_ = 0;
  error_code failure_;
};

/// The same for writes by a contender with its own event loop.
template <class Writes>
class counted_own_loop {
 public:
  explicit counted_own_loop(std::size_t background_deadlines_count)
      : fixture_(net::ip::tcp::v4(), counted_bytes, 0),
        writes_(fixture_.peer.writing_descriptor(), fixture_.bytes, background_deadlines_count) {
    writes_.set_deadlines(true);
    for (int i = 0; i < 3; ++i) run();
  }

  std::size_t run() {
    writes_.run(counted_operations);
    fixture_.peer.drain(counted_operations, counted_bytes);
    return 0;  // its handlers cannot be counted
  }

  void run_marked() {
    counting::mark();
    writes_.run(counted_operations);
    counting::mark();
    fixture_.peer.drain(counted_operations, counted_bytes);
  }

 private:
  fixture<contenders::plain_socket, net::ip::tcp> fixture_;
  Writes writes_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_COUNTING_LOOPS_H
