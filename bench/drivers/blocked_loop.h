// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_BLOCKED_LOOP_H
#define TIMED_BENCH_DRIVERS_BLOCKED_LOOP_H

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "bench/drivers/closed_loop.h"
#include "bench/drivers/full_socket.h"
#include "bench/drivers/peer_reader.h"
#include "timed/backend.h"

namespace timed::bench {

/// Writes more to a socket than it takes at once, one write at a time.
///
/// A write that is not composed finds the socket full, waits until its peer reads, and transfers a
/// part of its data. The peer reads once, in a handler posted after the write was started, so no
/// loop spins. A composed write transfers its data part by part, and waits in between; its peer is
/// a plain socket of the same context that reads continuously.
///
/// The time includes the work of the peer, which is the same for every contender.
template <class Contender, class Operation, class Stream>
class blocked_loop {
 public:
  /// @param data Several times as much as the socket takes at once.
  blocked_loop(backend::io_context& context, Stream& stream, full_socket& socket,
               peer_reader& reader, net::const_buffer data)
      : context_(context), stream_(stream), socket_(socket), reader_(reader), data_(data) {}
  blocked_loop(const blocked_loop&) = delete;
  blocked_loop& operator=(const blocked_loop&) = delete;

  /// As `closed_loop::set_deadlines`.
  void set_deadlines(bool enabled) { sets_deadlines_ = enabled; }

  /// As `closed_loop::run`.
  /// @throws std::exception if a write fails or did not wait, or if the bytes that arrive are not
  ///     those written.
  clock::duration run(std::size_t writes) {
    remaining_ = writes;
    if constexpr (Operation::is_composed) {
      reader_.start();
    } else {
      socket_.fill();
    }
    net::post(context_, [this] {
      began_ = clock::now();
      next();
    });
    context_.restart();
    context_.run();
    if (!failure_.empty()) throw std::runtime_error(failure_);
    if (remaining_ != 0) throw std::logic_error("the context stopped before the last write");
    // Handlers left by the last write, and bytes that the peer has not read yet.
    int polls = 0;
    do {
      context_.restart();
      context_.poll();
    } while (Operation::is_composed && socket_.bytes_left() > 0 && ++polls < 100);
    socket_.expect_all_arrived();
    return ended_ - began_;
  }

 private:
  void next() {
    has_drained_ = false;
    if (sets_deadlines_) [[likely]]
      Contender::set_deadline(stream_);
    Contender::template start<Operation>(
        stream_, data_, [this](error_code ec, std::size_t bytes) { on_written(ec, bytes); });
    if constexpr (!Operation::is_composed) {
      net::post(context_, [this] {
        socket_.drain(socket_.bytes_left());
        has_drained_ = true;
      });
    }
  }

  void on_written(error_code ec, std::size_t bytes) {
    socket_.wrote(bytes);
    failure_ = describe_failure(ec, bytes);
    if (!failure_.empty()) return context_.stop();
    if (--remaining_ != 0) return next();
    net::post(context_, [this] {
      ended_ = clock::now();
      context_.stop();
    });
  }

  // @return Empty if the write completed as expected.
  std::string describe_failure(error_code ec, std::size_t bytes) const {
    if (ec) return "a write failed: " + ec.message();
    if ((bytes == data_.size()) != Operation::is_composed) {
      return "a write took " + std::to_string(bytes) + " bytes of " + std::to_string(data_.size());
    }
    // The data does not fit into the socket, so a write that transferred all of it has waited, too.
    if (!Operation::is_composed && !has_drained_) return "a write did not wait for its peer";
    return {};
  }

  backend::io_context& context_;
  Stream& stream_;
  full_socket& socket_;
  peer_reader& reader_;
  const net::const_buffer data_;
  bool sets_deadlines_ = true;
  bool has_drained_ = false;
  std::size_t remaining_ = 0;
  std::string failure_;
  clock::time_point began_;
  clock::time_point ended_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_BLOCKED_LOOP_H
