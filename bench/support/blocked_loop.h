// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUPPORT_BLOCKED_LOOP_H
#define TIMED_BENCH_SUPPORT_BLOCKED_LOOP_H

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "bench/support/closed_loop.h"
#include "bench/support/full_socket.h"
#include "bench/support/peer_reader.h"
#include "timed/backend.h"

namespace timed::bench {

/// Writes to a socket more than it takes at once, one write at a time.
///
/// A write that is not composed finds the socket full, waits until its peer reads, and takes a part
/// of its data. The peer reads all that is there in a handler that is posted after the write was
/// started, once, so that the write is not waited for by a loop that spins. A composed write takes
/// its data part by part, and waits in between; the peer is a plain socket of the same context that
/// reads all the time.
///
/// What the peer does is in the time too, the same for every contender.
template <class Contender, class Operation, class Stream>
class blocked_loop {
 public:
  /// @param data More than the socket takes at once, several times.
  blocked_loop(backend::io_context& context, Stream& stream, full_socket& socket,
               peer_reader& reader, net::const_buffer data)
      : context_(context), stream_(stream), socket_(socket), reader_(reader), data_(data) {}
  blocked_loop(const blocked_loop&) = delete;
  blocked_loop& operator=(const blocked_loop&) = delete;

  /// As that of `closed_loop`.
  void set_deadlines(bool whether) { sets_deadlines_ = whether; }

  /// As `closed_loop::run`.
  /// @throws std::exception if a write fails, did not wait, or if not what was written arrives.
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
    // For what the last write has left behind, and what the peer has still to read.
    int polls = 0;
    do {
      context_.restart();
      context_.poll();
    } while (Operation::is_composed && socket_.bytes_left() > 0 && ++polls < 100);
    socket_.hold_that_all_arrived();
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
    failure_ = what_is_wrong_with(ec, bytes);
    if (!failure_.empty()) return context_.stop();
    if (--remaining_ != 0) return next();
    net::post(context_, [this] {
      ended_ = clock::now();
      context_.stop();
    });
  }

  // @return Empty if it was as it is to be.
  std::string what_is_wrong_with(error_code ec, std::size_t bytes) const {
    if (ec) return "a write failed: " + ec.message();
    if ((bytes == data_.size()) != Operation::is_composed) {
      return "a write took " + std::to_string(bytes) + " bytes of " + std::to_string(data_.size());
    }
    // Less than all of it fits into the socket: so one that took all has waited, too.
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

#endif  // TIMED_BENCH_SUPPORT_BLOCKED_LOOP_H
