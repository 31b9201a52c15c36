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
#include "timed/backend.h"

namespace timed::bench::contenders {

/// Boost.Beast's stream, with a new deadline set before each operation.
struct beast {
  static constexpr std::string_view name = "beast";

  template <class Protocol, class Executor>
  using stream =
      boost::beast::basic_stream<Protocol, Executor, boost::beast::unlimited_rate_policy>;

  // On a native context, Asio would run its sockets and timers in another thread.
  static constexpr bool runs_here = backend::name() != "io_uring_native";

  using background = asio_timers;
  static constexpr bool wakes_queue = false;
  using untimed = beast;  // with `set_deadline` left out

  template <class Stream>
  static void prepare(Stream&) {}
  template <class Stream>
  [[gnu::always_inline]] static void set_deadline(Stream& stream) {
    stream.expires_after(std::chrono::seconds(30));
  }
  template <class Stream>
  static void undo(Stream& stream) {
    stream.expires_never();
  }

  template <class Operation, class Stream, class Buffer, class Token>
  static auto start(Stream& stream, Buffer buffer, Token&& token) {
    return Operation::start(stream, buffer, std::forward<Token>(token));
  }

  template <class Operation, class Stream, class Buffer, class Handler>
  static void start_expiring(Stream& stream, Buffer buffer, std::chrono::milliseconds after,
                             Handler handler) {
    stream.expires_after(after);
    Operation::start(stream, buffer, std::move(handler));
  }
  static bool is_timeout(error_code ec) { return ec == boost::beast::error::timeout; }
};

/// The same stream without a deadline.
struct beast_never : beast {
  static constexpr std::string_view name = "beast_never";

  using untimed = beast_never;

  template <class Stream>
  static void set_deadline(Stream&) {}
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_BEAST_BEAST_H
