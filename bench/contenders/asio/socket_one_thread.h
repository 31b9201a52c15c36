// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_ASIO_SOCKET_ONE_THREAD_H
#define TIMED_BENCH_CONTENDERS_ASIO_SOCKET_ONE_THREAD_H

#include <string_view>

#include "bench/contenders/asio/plain_socket.h"
#include "timed/backend.h"

namespace timed::bench::contenders {

/// The backend's context with the concurrency hint 1: one thread runs it. Asio keeps its locks, but
/// takes some less often, and wakes no other thread.
class one_thread_context : public backend::io_context {
 public:
  one_thread_context() : backend::io_context(1) {}
};

/// The plain socket on such a context.
struct socket_one_thread : plain_socket {
  static constexpr std::string_view name = "socket_one_thread";

  using context = one_thread_context;

  // A native context is always run by one thread.
  static constexpr bool runs_here = backend::name() != "io_uring_native";

  using untimed = socket_one_thread;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_ASIO_SOCKET_ONE_THREAD_H
