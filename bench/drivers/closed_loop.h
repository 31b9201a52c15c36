// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_CLOSED_LOOP_H
#define TIMED_BENCH_DRIVERS_CLOSED_LOOP_H

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "timed/backend.h"

namespace timed::bench {

using clock = std::chrono::steady_clock;

/// Ignores the start and the end of each write, at no cost.
struct no_observer {
  void before_write() {}
  void after_write() {}
};

/// Writes the same bytes repeatedly: each write is started by the handler of the one before, in one
/// thread, within one `context.run()`. So there is never more than one outstanding write.
///
/// @tparam Contender How a write is started; one of bench/contenders.
/// @tparam Operation The operation; one of operations.h.
/// @tparam Observer Its `before_write()` is called before a write, including the setting of its
///     deadline, and `after_write()` at the start of its handler.
template <class Contender, class Operation, class Stream, class Observer = no_observer>
class closed_loop {
 public:
  /// @param leaves_handlers Whether a batch may leave handlers behind: as the context's deadline
  ///     queue wakes up during the writes, or as the socket gets room after the last one.
  closed_loop(backend::io_context& context, Stream& stream, net::const_buffer data,
              Observer observer = {}, bool leaves_handlers = false)
      : context_(context),
        stream_(stream),
        data_(data),
        observer_(observer),
        leaves_handlers_(leaves_handlers) {}
  closed_loop(const closed_loop&) = delete;
  closed_loop& operator=(const closed_loop&) = delete;

  /// Enables or disables the contender's `set_deadline()` before each write; enabled at first. With
  /// and without a deadline the same instructions run at the same addresses: the placement of code
  /// in memory alone can change a write by up to ten nanoseconds.
  void set_deadlines(bool enabled) { sets_deadlines_ = enabled; }

  /// Makes `writes` writes, at least one.
  /// @return The time from the start of the first write to the end of the last one and of the
  ///     handlers that it leaves in the queue (such as that of a cancelled timer), without the
  ///     start and the end of `run()` itself.
  /// @throws std::runtime_error if a write fails or is partial.
  clock::duration run(std::size_t writes) {
    remaining_ = writes;
    net::post(context_, [this] {
      began_ = clock::now();
      next();
    });
    context_.restart();
    context_.run();
    if (failure_) throw std::runtime_error("a write failed: " + failure_.message());
    if (partial_) throw std::runtime_error("a write was partial: the socket's buffer is full");
    if (remaining_ != 0) throw std::logic_error("the context stopped before the last write");
    // Otherwise the next batch, which may be another contender's, would pay for it.
    context_.restart();
    if (context_.poll() != 0 && !leaves_handlers_) {
      throw std::logic_error("a batch of writes left handlers behind");
    }
    return ended_ - began_;
  }

 private:
  void next() {
    observer_.before_write();
    if (sets_deadlines_) [[likely]]
      Contender::set_deadline(stream_);
    Contender::template start<Operation>(
        stream_, data_, [this](error_code ec, std::size_t bytes) { on_written(ec, bytes); });
  }

  void on_written(error_code ec, std::size_t bytes) {
    observer_.after_write();
    --remaining_;
    failure_ = ec;
    partial_ = bytes != data_.size();
    if (remaining_ != 0 && !ec && !partial_) return next();
    // After the handlers that the last write has left in the queue. Other pending deadlines keep
    // run() from returning.
    net::post(context_, [this] {
      ended_ = clock::now();
      context_.stop();
    });
  }

  backend::io_context& context_;
  Stream& stream_;
  const net::const_buffer data_;
  [[no_unique_address]] Observer observer_;
  const bool leaves_handlers_;
  bool sets_deadlines_ = true;
  std::size_t remaining_ = 0;
  error_code failure_;
  bool partial_ = false;
  clock::time_point began_;
  clock::time_point ended_;
};

/// @return Number of writes between two drains of the peer, such that neither its window nor any
///     buffer is ever full.
constexpr std::size_t writes_per_batch(std::size_t bytes_per_write) {
  constexpr std::size_t bytes_max = 64 * 1024;
  constexpr std::size_t writes_max = 64;  // each small one takes up to 1 KB of kernel memory
  return std::min(writes_max, bytes_max / bytes_per_write);
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_CLOSED_LOOP_H
