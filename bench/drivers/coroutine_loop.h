// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_COROUTINE_LOOP_H
#define TIMED_BENCH_DRIVERS_COROUTINE_LOOP_H

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <exception>
#include <stdexcept>

#include "bench/drivers/closed_loop.h"
#include "timed/backend.h"

namespace timed::bench {

/// `closed_loop` as a coroutine that awaits each write.
template <class Contender, class Operation, class Stream>
class coroutine_loop {
 public:
  coroutine_loop(backend::io_context& context, Stream& stream, net::const_buffer data,
                 no_observer = {}, bool leaves_handlers = false)
      : context_(context), stream_(stream), data_(data), leaves_handlers_(leaves_handlers) {}
  coroutine_loop(const coroutine_loop&) = delete;
  coroutine_loop& operator=(const coroutine_loop&) = delete;

  void set_deadlines(bool enabled) { sets_deadlines_ = enabled; }

  /// As `closed_loop::run`. The start of the coroutine is not measured.
  clock::duration run(std::size_t writes) {
    has_ended_ = false;
    net::co_spawn(context_, write_all(writes), [this](std::exception_ptr failure) {
      failure_ = failure;
      net::post(context_, [this] {
        has_ended_ = true;
        ended_ = clock::now();
        context_.stop();
      });
    });
    context_.restart();
    context_.run();
    if (failure_) std::rethrow_exception(failure_);
    if (!has_ended_) throw std::logic_error("the context stopped before the last write");
    context_.restart();
    if (context_.poll() != 0 && !leaves_handlers_) {
      throw std::logic_error("a batch of writes left handlers behind");
    }
    return ended_ - began_;
  }

 private:
  net::awaitable<void> write_all(std::size_t writes) {
    began_ = clock::now();
    for (std::size_t i = 0; i < writes; ++i) {
      if (sets_deadlines_) [[likely]]
        Contender::set_deadline(stream_);
      const std::size_t bytes =
          co_await Contender::template start<Operation>(stream_, data_, net::deferred);
      if (bytes != data_.size()) {
        throw std::runtime_error("a write was partial: the socket's buffer is full");
      }
    }
  }

  backend::io_context& context_;
  Stream& stream_;
  const net::const_buffer data_;
  const bool leaves_handlers_;
  bool sets_deadlines_ = true;
  bool has_ended_ = false;
  std::exception_ptr failure_;
  clock::time_point began_;
  clock::time_point ended_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_COROUTINE_LOOP_H
