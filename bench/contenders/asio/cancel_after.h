// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_ASIO_CANCEL_AFTER_H
#define TIMED_BENCH_CONTENDERS_ASIO_CANCEL_AFTER_H

#include <boost/asio/cancel_after.hpp>
#include <boost/asio/error.hpp>
#include <chrono>
#include <string_view>
#include <utility>

#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/on_timed_stream.h"
#include "timed/backend.h"

namespace timed::bench::contenders {

/// A plain Asio socket whose operations get deadlines from `net::cancel_after`.
struct asio_cancel_after : on_timed_stream {
  static constexpr std::string_view name = "asio_cancel_after";

  // On a native context, Asio would run its timers in another thread.
  static constexpr bool runs_here = backend::name() != "io_uring_native";

  using background = asio_timers;
  using untimed = plain_socket;

  template <class Operation, class Stream, class Buffer, class Token>
  static auto start(Stream& stream, Buffer buffer, Token&& token) {
    return Operation::start(
        stream.socket(), buffer,
        net::cancel_after(std::chrono::seconds(30), std::forward<Token>(token)));
  }

  template <class Operation, class Stream, class Buffer, class Handler>
  static void start_expiring(Stream& stream, Buffer buffer, std::chrono::milliseconds after,
                             Handler handler) {
    Operation::start(stream.socket(), buffer, net::cancel_after(after, std::move(handler)));
  }
  static bool is_timeout(error_code ec) { return ec == net::error::operation_aborted; }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_ASIO_CANCEL_AFTER_H
