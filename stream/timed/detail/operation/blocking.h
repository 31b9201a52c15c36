// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_OPERATION_BLOCKING_H
#define TIMED_DETAIL_OPERATION_BLOCKING_H

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <ctime>

#include "timed/detail/deadline/socket_traits.h"
#include "timed/detail/descriptor_calls.h"
#include "timed/detail/errors.h"
#include "timed/detail/kernel_buffers.h"
#include "timed/detail/time/clock_service.h"
#include "timed/detail/time/deadlines.h"
#include "timed/error.h"

// Synchronous operations. They continue after a signal, where Asio's sockets report EINTR. Those
// with a deadline, and connects, use the descriptor itself, since Asio's functions wait in poll(2)
// without a deadline. Except for connects, the descriptor may be in blocking or non-blocking mode.

namespace timed::detail {

/// Waits until the descriptor is ready.
/// @param events As for poll(2).
/// @return `error::timeout` if the deadline passes first; no error once it is ready, or in a state
///     that the next call on it will report.
inline error_code wait_until_ready(int descriptor, short events,
                                   std::chrono::steady_clock::time_point deadline,
                                   const clock_service& clock) {
  using std::chrono::nanoseconds;
  constexpr nanoseconds slice_of_manual_time = std::chrono::milliseconds(10);
  constexpr nanoseconds wait_max = std::chrono::hours(24);
  for (;;) {
    const auto now = clock.now();
    if (now >= deadline) return error::timeout;
    const nanoseconds wait =
        std::min<nanoseconds>(deadline - now, clock.is_manual() ? slice_of_manual_time : wait_max);
    const timespec timeout = {.tv_sec = static_cast<time_t>(wait.count() / 1'000'000'000),
                              .tv_nsec = static_cast<long>(wait.count() % 1'000'000'000)};
    const error_code ec = poll_once(descriptor, events, &timeout);
    if (ec != boost::asio::error::would_block && ec != boost::asio::error::interrupted) return ec;
  }
}

/// Returns whether the deadline has passed. Does not read the clock if there is no deadline.
inline bool has_passed(std::chrono::steady_clock::time_point deadline, const clock_service& clock) {
  return deadline != deadlines::never() && deadline <= clock.now();
}

/// Calls `attempt` until it has transferred something, waiting in between.
/// @param attempt Calls recvmsg(2) or sendmsg(2), without blocking, and returns the result.
/// @param waits Whether to wait, or to report that the operation would block.
template <class Attempt>
std::size_t transfer_until(Attempt attempt, int descriptor, short events, bool waits,
                           std::chrono::steady_clock::time_point deadline,
                           const clock_service& clock, error_code& ec) {
  if (has_passed(deadline, clock)) {
    ec = error::timeout;
    return 0;
  }
  const auto wait = [&] {
    return waits ? wait_until_ready(descriptor, events, deadline, clock)
                 : error_code(boost::asio::error::would_block);
  };
  const long done = attempt_until_done(attempt, wait, ec);
  return done > 0 ? static_cast<std::size_t>(done) : 0;
}

/// Calls `transfer` until it is not interrupted by a signal.
/// @param transfer A read or write of the socket's, which sets `ec`.
template <class Transfer>
std::size_t transfer_uninterrupted(const error_code& ec, Transfer transfer) {
  for (;;) {
    const std::size_t bytes = transfer();
    if (ec != boost::asio::error::interrupted) return bytes;
  }
}

template <class Socket, class Buffers>
std::size_t read_some_until(Socket& socket, const Buffers& buffers,
                            std::chrono::steady_clock::time_point deadline,
                            const clock_service& clock, error_code& ec) {
  const int descriptor = socket.native_handle();
  kernel_buffers_of<Buffers> vectors(buffers);
  socket_traits<Socket>::submit_started(socket);
  const std::size_t bytes =
      transfer_until([&] { return ::recvmsg(descriptor, &vectors.message(), MSG_DONTWAIT); },
                     descriptor, POLLIN, !socket.non_blocking(), deadline, clock, ec);
  if (!ec && bytes == 0) ec = boost::asio::error::eof;
  return bytes;
}

template <class Socket, class Buffers>
std::size_t write_some_until(Socket& socket, const Buffers& buffers,
                             std::chrono::steady_clock::time_point deadline,
                             const clock_service& clock, error_code& ec) {
  const int descriptor = socket.native_handle();
  kernel_buffers_of<Buffers> vectors(buffers);
  socket_traits<Socket>::submit_started(socket);
  return transfer_until(
      [&] { return ::sendmsg(descriptor, &vectors.message(), MSG_DONTWAIT | MSG_NOSIGNAL); },
      descriptor, POLLOUT, !socket.non_blocking(), deadline, clock, ec);
}

template <class Endpoint>
bool call_connect(int descriptor, const Endpoint& endpoint) {
  return ::connect(descriptor, address_of(endpoint), static_cast<socklen_t>(endpoint.size())) == 0;
}

/// Connects an open socket.
/// @param deadline If there is one, the descriptor has to be in non-blocking mode.
template <class Endpoint>
error_code connect_open(int descriptor, const Endpoint& endpoint,
                        std::chrono::steady_clock::time_point deadline,
                        const clock_service& clock) {
  for (;;) {
    if (call_connect(descriptor, endpoint)) return {};
    if (!is_local(endpoint) && (errno == EINPROGRESS || errno == EINTR || errno == EALREADY)) {
      error_code ec = wait_until_ready(descriptor, POLLOUT, deadline, clock);
      if (!ec) ec = connect_result(descriptor);
      if (ec) reset_connect(descriptor);
      return ec;
    }
    const bool is_full = errno == EAGAIN;
    if (!is_local(endpoint) || (!is_full && errno != EINTR)) return last_error();
    if (has_passed(deadline, clock)) return error::timeout;
    if (is_full) ::poll(nullptr, 0, 1);  // there is no event for room in the listener's backlog
  }
}

/// Opens the socket if it is not open, and calls `connect` with its descriptor.
/// @param may_block Whether the descriptor may be in blocking mode during that call.
template <class Socket, class Connect>
error_code connect_by(Socket& socket, const typename Socket::endpoint_type& endpoint,
                      bool may_block, Connect connect) {
  error_code ec;
  if (!socket.is_open()) socket.open(endpoint.protocol(), ec);
  if (ec) return ec;
  const bool changes_mode = !may_block && !socket.native_non_blocking();
  if (changes_mode) socket.native_non_blocking(true, ec);
  if (ec) return ec;
  ec = connect(socket.native_handle());
  error_code ignored;
  if (changes_mode) socket.native_non_blocking(false, ignored);
  return ec;
}

/// Connects, opening the socket first if it is not open.
template <class Socket>
error_code connect_until(Socket& socket, const typename Socket::endpoint_type& endpoint,
                         std::chrono::steady_clock::time_point deadline,
                         const clock_service& clock) {
  if (has_passed(deadline, clock)) return error::timeout;
  return connect_by(socket, endpoint, deadline == deadlines::never(), [&](int descriptor) {
    return connect_open(descriptor, endpoint, deadline, clock);
  });
}

/// Connects a Unix socket, which never blocks, opening it first if it is not open.
/// @return `net::error::try_again` if the listener's backlog is full.
template <class Socket>
error_code connect_at_once(Socket& socket, const typename Socket::endpoint_type& endpoint) {
  return connect_by(socket, endpoint, false, [&](int descriptor) {
    return call_connect(descriptor, endpoint) ? error_code() : last_error();
  });
}

}  // namespace timed::detail

#endif  // TIMED_DETAIL_OPERATION_BLOCKING_H
