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
#include "bench/contenders/contender.h"
#include "timed/backend.h"

namespace timed::bench::contenders {

/// A plain Asio socket whose operations get deadlines from `net::cancel_after`.
struct asio_cancel_after : contender {
  static constexpr std::string_view name = "asio_cancel_after";

  template <class Protocol, class Executor>
  using stream = plain_socket::stream<Protocol, Executor>;

  // On a native context, Asio would run its timers in another thread.
  static constexpr bool runs_here = backend::name() != "io_uring_native";

  using background = asio_timers;
  using untimed = plain_socket;

  template <class Operation>
  static auto start(auto& stream, auto buffer, auto&& token) {
    return Operation::start(stream, buffer, with_deadline(std::forward<decltype(token)>(token)));
  }

  static auto connect(auto& stream, const auto& endpoint, auto&& token) {
    return stream.async_connect(endpoint, with_deadline(std::forward<decltype(token)>(token)));
  }

  template <class Operation>
  static void start_expiring(auto& stream, auto buffer, std::chrono::milliseconds after,
                             auto handler) {
    Operation::start(stream, buffer, net::cancel_after(after, std::move(handler)));
  }
  static bool is_timeout(error_code ec) { return ec == net::error::operation_aborted; }

 private:
  static auto with_deadline(auto&& token) {
    return net::cancel_after(std::chrono::seconds(30), std::forward<decltype(token)>(token));
  }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_ASIO_CANCEL_AFTER_H
