// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_ASIO_PLAIN_SOCKET_H
#define TIMED_BENCH_CONTENDERS_ASIO_PLAIN_SOCKET_H

#include <string_view>
#include <utility>

#include "bench/contenders/contender.h"
#include "timed/backend.h"

namespace timed::bench::contenders {

/// The backend's plain socket, without deadlines: the baseline. It also operates on the socket of
/// another contender's stream, to compare both on one descriptor.
struct plain_socket : contender {
  static constexpr std::string_view name = "socket";

  template <class Protocol, class Executor>
  using stream = backend::basic_stream_socket<Protocol, Executor>;

  using untimed = plain_socket;

  template <class Operation>
  static auto start(auto& stream, auto buffer, auto&& token) {
    return Operation::start(socket_of(stream), buffer, std::forward<decltype(token)>(token));
  }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_ASIO_PLAIN_SOCKET_H
