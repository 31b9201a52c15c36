// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUPPORT_CLOSED_LOOP_H
#define TIMED_BENCH_SUPPORT_CLOSED_LOOP_H

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

/// Does nothing with each write's start and end, at no cost.
struct no_observer {
  void before_write() {}
  void after_write() {}
};

/// Writes the same bytes again and again: each write is started by the handler of the one before,
/// in one thread, within one `context.run()`. So it is never the case that two are outstanding.
///
/// @tparam Contender How a write is made; one of bench/contenders.
/// @tparam Operation What is made; one of operations.h.
/// @tparam Observer Its `before_write()` is called before all that a write consists of, the setting
///     of its deadline included, and `after_write()` first of all in its handler.
template <class Contender, class Operation, class Stream, class Observer = no_observer>
class closed_loop {
 public:
  /// @param wakes_up_meanwhile Whether deadlines come up in the context while writes are made.
  closed_loop(backend::io_context& context, Stream& stream, net::const_buffer data,
              Observer observer = {}, bool wakes_up_meanwhile = false)
      : context_(context),
        stream_(stream),
        data_(data),
        observer_(observer),
        wakes_up_meanwhile_(wakes_up_meanwhile) {}
  closed_loop(const closed_loop&) = delete;
  closed_loop& operator=(const closed_loop&) = delete;

  /// Whether each write is preceded by the contender's `set_deadline()`, as it is at first. So with
  /// and without a deadline the same instructions write at the same addresses: by where in memory a
  /// program's parts happen to lie, a write takes up to ten nanoseconds more or less.
  void set_deadlines(bool whether) { sets_deadlines_ = whether; }

  /// Makes `writes` writes, which is at least one.
  /// @return The time from the first one's start to the last one's end and the end of all that it
  ///     left to be done (of a timed write, its deadline's wait is cancelled and has a handler
  ///     too), without `run()`'s own start and end.
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
    // Else the next batch, which may be another contender's, would pay for it.
    context_.restart();
    if (context_.poll() != 0 && !wakes_up_meanwhile_) {
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
    // Behind what the last write has left in the queue. Other deadlines may be pending, which keep
    // run() from returning by itself.
    net::post(context_, [this] {
      ended_ = clock::now();
      context_.stop();
    });
  }

  backend::io_context& context_;
  Stream& stream_;
  const net::const_buffer data_;
  [[no_unique_address]] Observer observer_;
  const bool wakes_up_meanwhile_;
  bool sets_deadlines_ = true;
  std::size_t remaining_ = 0;
  error_code failure_;
  bool partial_ = false;
  clock::time_point began_;
  clock::time_point ended_;
};

/// How many writes to make between two drains of the peer, such that neither its window nor any
/// buffer is ever full.
constexpr std::size_t writes_per_batch(std::size_t bytes_per_write) {
  constexpr std::size_t bytes_max = 64 * 1024;
  constexpr std::size_t writes_max = 64;  // each small one takes up to 1 KB of kernel memory
  return std::min(writes_max, bytes_max / bytes_per_write);
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_CLOSED_LOOP_H
