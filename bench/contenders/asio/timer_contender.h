// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_ASIO_TIMER_CONTENDER_H
#define TIMED_BENCH_CONTENDERS_ASIO_TIMER_CONTENDER_H

#include <boost/asio/error.hpp>
#include <chrono>
#include <utility>

#include "bench/contenders/asio/ends_deadline.h"
#include "bench/contenders/background_deadlines.h"
#include "bench/contenders/contender.h"
#include "timed/backend.h"

namespace timed::bench::contenders {

/// What contenders have in common whose streams have a socket and an Asio timer, written by hand.
/// The timer closes the socket, so that an operation that times out is aborted.
struct timer_contender : contender {
  // On a native context, Asio would run its timers in another thread.
  static constexpr bool runs_here = backend::name() != "io_uring_native";

  using background = asio_timers;

  [[gnu::always_inline]] static void set_deadline(auto& stream) {
    stream.expires_after(std::chrono::seconds(30));
  }

  template <class Operation>
  static auto start(auto& stream, auto buffer, auto&& token) {
    return start_and_end_deadline<Operation>(stream, buffer, std::forward<decltype(token)>(token));
  }

  template <class Operation>
  static void start_expiring(auto& stream, auto buffer, std::chrono::milliseconds after,
                             auto handler) {
    stream.expires_after(after);
    start<Operation>(stream, buffer, std::move(handler));
  }

  static bool is_timeout(error_code ec) { return ec == net::error::operation_aborted; }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_ASIO_TIMER_CONTENDER_H
