// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_ASIO_PLAIN_SOCKET_H
#define TIMED_BENCH_CONTENDERS_ASIO_PLAIN_SOCKET_H

#include <string_view>
#include <utility>

#include "bench/contenders/on_timed_stream.h"
#include "timed/backend.h"

namespace timed::bench::contenders {

/// The backend's plain socket, without deadlines: the baseline.
struct plain_socket : on_timed_stream {
  static constexpr std::string_view name = "socket";

  using untimed = plain_socket;

  template <class Operation, class Stream, class Buffer, class Token>
  static auto start(Stream& stream, Buffer buffer, Token&& token) {
    return Operation::start(stream.socket(), buffer, std::forward<Token>(token));
  }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_ASIO_PLAIN_SOCKET_H
