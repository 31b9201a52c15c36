// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What the servers have in common: they accept connections until SIGINT or SIGTERM, and then end
// in order.

#ifndef TIMED_STREAM_EXAMPLES_SUPPORT_SERVER_H
#define TIMED_STREAM_EXAMPLES_SUPPORT_SERVER_H

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <list>

#include "timed/backend.h"
#include "timed/tcp_stream.h"

namespace support {

namespace net = boost::asio;

/// A completion token: `auto [error, bytes] = co_await stream.async_read_some(buffer, as_result)`.
inline constexpr auto as_result = net::as_tuple(net::use_awaitable);

/// Coroutines, one for each connection, that can be cancelled together.
class sessions {
 public:
  /// Starts a session. An exception that ends it is logged.
  void start(const net::any_io_executor& executor, net::awaitable<void> session);

  /// Ends what each session waits for, with `operation_aborted`, and what it would wait for next.
  void cancel();

  bool empty() const { return open_.empty(); }

  /// Is called whenever the last session has ended.
  std::function<void()> on_empty = [] {};

 private:
  std::list<net::cancellation_signal> open_;
};

struct server_options {
  net::ip::tcp::endpoint listen_on;
  /// The time that sessions have to end by themselves after a signal, before they are cancelled.
  std::chrono::milliseconds grace{0};
  /// Called once when the signal has come: to ask the sessions to end.
  std::function<void()> on_stop = [] {};
};

/// Serves each connection by a coroutine of its own, until SIGINT or SIGTERM. All of them run on
/// the thread that calls this, so they need no strand and no lock.
/// @return When the last session has ended.
/// @throws boost::system::system_error if it cannot listen, or the backend is not available.
void run_server(timed::backend::io_context& context, server_options options,
                std::function<net::awaitable<void>(timed::tcp_stream)> session);

}  // namespace support

#endif  // TIMED_STREAM_EXAMPLES_SUPPORT_SERVER_H
