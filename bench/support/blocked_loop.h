// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUPPORT_BLOCKED_LOOP_H
#define TIMED_BENCH_SUPPORT_BLOCKED_LOOP_H

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <exception>
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
/// started, and again until the write has ended. A composed write takes its data part by part, and
/// waits in between; the peer is a plain socket of the same context that reads all the time.
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
    failure_ = nullptr;
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
    if (failure_) std::rethrow_exception(failure_);
    if (remaining_ != 0) throw std::logic_error("the context stopped before the last write");
    // A drain that was posted before the last write ended, and what the peer has still to read.
    for (int i = 0; i == 0 || (socket_.bytes_left() > 0 && i < 100); ++i) {
      context_.restart();
      context_.poll();
    }
    socket_.hold_that_all_arrived();
    return ended_ - began_;
  }

 private:
  // So many times may the peer find nothing while a write waits: the loop has then lost it.
  static constexpr int drains_max = 100'000;

  void next() {
    is_waiting_ = true;
    drains_in_vain_ = 0;
    if (sets_deadlines_) [[likely]]
      Contender::set_deadline(stream_);
    Contender::template start<Operation>(
        stream_, data_, [this](error_code ec, std::size_t bytes) { on_written(ec, bytes); });
    if constexpr (!Operation::is_composed) {
      if (!is_draining_) drain_later();
    }
  }

  void drain_later() {
    is_draining_ = true;
    net::post(context_, [this] { drain(); });
  }

  void drain() {
    is_draining_ = false;
    if (!is_waiting_) return;
    try {
      // A composed operation does not tell of its parts. Of others, what is written meanwhile is
      // left, so that the next one has to wait again.
      const std::size_t drained = socket_.drain(
          Operation::is_composed ? std::numeric_limits<std::size_t>::max() : socket_.bytes_left());
      if (drained == 0 && ++drains_in_vain_ == drains_max) {
        throw std::runtime_error("a write does not go on though its peer has read all");
      }
    } catch (...) {
      failure_ = std::current_exception();
      return context_.stop();
    }
    drain_later();
  }

  void on_written(error_code ec, std::size_t bytes) {
    is_waiting_ = false;
    socket_.wrote(bytes);
    if (ec || (bytes == data_.size()) != Operation::is_composed) {
      failure_ = std::make_exception_ptr(std::runtime_error(
          ec ? "a write failed: " + ec.message()
             : "a write took " + std::to_string(bytes) + " bytes, though the socket was full"));
      return context_.stop();
    }
    if (--remaining_ != 0) return next();
    net::post(context_, [this] {
      ended_ = clock::now();
      context_.stop();
    });
  }

  backend::io_context& context_;
  Stream& stream_;
  full_socket& socket_;
  peer_reader& reader_;
  const net::const_buffer data_;
  bool sets_deadlines_ = true;
  bool is_waiting_ = false;
  bool is_draining_ = false;
  int drains_in_vain_ = 0;
  std::size_t remaining_ = 0;
  std::exception_ptr failure_;
  clock::time_point began_;
  clock::time_point ended_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_BLOCKED_LOOP_H
