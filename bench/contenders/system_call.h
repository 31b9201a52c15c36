// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_SYSTEM_CALL_H
#define TIMED_BENCH_CONTENDERS_SYSTEM_CALL_H

#include <sys/socket.h>
#include <sys/types.h>

#include <boost/asio/buffer.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstddef>
#include <string_view>
#include <utility>

#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/contender.h"
#include "timed/backend.h"

namespace timed::bench::contenders {

/// send(2), and then the handler: no event loop. The lower bound.
struct system_call : contender {
  static constexpr std::string_view name = "send";

  template <class Protocol, class Executor>
  using stream = plain_socket::stream<Protocol, Executor>;

  using untimed = system_call;

  template <class Operation>
  static void start(auto& stream, net::const_buffer data, auto handler) {
    const ::ssize_t result = ::send(stream.native_handle(), data.data(), data.size(), MSG_NOSIGNAL);
    const error_code ec =
        result < 0 ? error_code(errno, boost::system::system_category()) : error_code();
    std::move(handler)(ec, static_cast<std::size_t>(result < 0 ? 0 : result));
  }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_SYSTEM_CALL_H
