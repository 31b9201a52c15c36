// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_BEAST_BEAST_H
#define TIMED_BENCH_CONTENDERS_BEAST_BEAST_H

#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/rate_policy.hpp>
#include <chrono>
#include <string_view>
#include <utility>

#include "bench/contenders/background_deadlines.h"
#include "bench/contenders/contender.h"
#include "timed/backend.h"

namespace timed::bench::contenders {

/// Boost.Beast's stream, with a new deadline set before each operation.
struct beast : contender {
  static constexpr std::string_view name = "beast";

  template <class Protocol, class Executor>
  using stream =
      boost::beast::basic_stream<Protocol, Executor, boost::beast::unlimited_rate_policy>;

  // On a native context, Asio would run its sockets and timers in another thread.
  static constexpr bool runs_here = backend::name() != "io_uring_native";

  using background = asio_timers;
  using untimed = beast;  // without `set_deadline`

  [[gnu::always_inline]] static void set_deadline(auto& stream) {
    stream.expires_after(std::chrono::seconds(30));
  }
  static void undo(auto& stream) { stream.expires_never(); }

  template <class Operation>
  static void start_expiring(auto& stream, auto buffer, std::chrono::milliseconds after,
                             auto handler) {
    stream.expires_after(after);
    Operation::start(stream, buffer, std::move(handler));
  }
  static bool is_timeout(error_code ec) { return ec == boost::beast::error::timeout; }
};

/// The same stream without a deadline.
struct beast_never : beast {
  static constexpr std::string_view name = "beast_never";

  using untimed = beast_never;

  static void set_deadline(auto&) {}
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_BEAST_BEAST_H
