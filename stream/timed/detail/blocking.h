// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_BLOCKING_H
#define TIMED_DETAIL_BLOCKING_H

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_category.hpp>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <ctime>

#include "timed/detail/clock_service.h"
#include "timed/error.h"

// Synchronous operations with a deadline, on the descriptor itself: Asio's wait in poll(2) without
// one. The descriptor's own mode does not matter, except to connect.

namespace timed::detail {

inline error_code last_error() {
  return error_code(errno, boost::system::system_category());
}

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
    // poll() rounds up to its clock's ticks, so it never returns early.
    const nanoseconds wait =
        std::min<nanoseconds>(deadline - now, clock.is_manual() ? slice_of_manual_time : wait_max);
    const timespec timeout = {.tv_sec = static_cast<time_t>(wait.count() / 1'000'000'000),
                              .tv_nsec = static_cast<long>(wait.count() % 1'000'000'000)};
    pollfd polled = {.fd = descriptor, .events = events, .revents = 0};
    const int ready = ::ppoll(&polled, 1, &timeout, nullptr);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return last_error();
  }
}

/// Buffers in the kernel's form, as many as one system call takes from Asio too.
class io_vectors {
 public:
  template <class Buffers>
  explicit io_vectors(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto each = boost::asio::buffer_sequence_begin(buffers);
         each != end && count_ < vectors_.size(); ++each) {
      const boost::asio::const_buffer buffer(*each);
      if (buffer.size() == 0) continue;
      vectors_[count_++] = {.iov_base = const_cast<void*>(buffer.data()), .iov_len = buffer.size()};
    }
  }

  msghdr message() noexcept {
    msghdr result{};
    result.msg_iov = vectors_.data();
    result.msg_iovlen = count_;
    return result;
  }

 private:
  std::array<iovec, 64> vectors_{};
  std::size_t count_ = 0;
};

/// Calls `attempt` until it has done something, waiting in between.
/// @param attempt Returns what recvmsg(2) and sendmsg(2) do, without blocking.
/// @param waits Whether to wait at all, or to report that it would block.
template <class Attempt>
std::size_t transfer_until(Attempt attempt, int descriptor, short events, bool waits,
                           std::chrono::steady_clock::time_point deadline,
                           const clock_service& clock, error_code& ec) {
  ec = {};
  if (deadline <= clock.now()) {
    ec = error::timeout;
    return 0;
  }
  for (;;) {
    const ssize_t done = attempt();
    if (done >= 0) return static_cast<std::size_t>(done);
    if (errno == EINTR) continue;
    if ((errno != EAGAIN && errno != EWOULDBLOCK) || !waits) {
      ec = last_error();
      return 0;
    }
    ec = wait_until_ready(descriptor, events, deadline, clock);
    if (ec) return 0;
  }
}

template <class Socket, class Buffers>
std::size_t read_some_until(Socket& socket, const Buffers& buffers,
                            std::chrono::steady_clock::time_point deadline,
                            const clock_service& clock, error_code& ec) {
  const int descriptor = socket.native_handle();
  io_vectors vectors(buffers);
  const std::size_t bytes = transfer_until(
      [&] {
        msghdr message = vectors.message();
        return ::recvmsg(descriptor, &message, MSG_DONTWAIT);
      },
      descriptor, POLLIN, !socket.non_blocking(), deadline, clock, ec);
  if (!ec && bytes == 0) ec = boost::asio::error::eof;
  return bytes;
}

template <class Socket, class Buffers>
std::size_t write_some_until(Socket& socket, const Buffers& buffers,
                             std::chrono::steady_clock::time_point deadline,
                             const clock_service& clock, error_code& ec) {
  const int descriptor = socket.native_handle();
  io_vectors vectors(buffers);
  return transfer_until(
      [&] {
        const msghdr message = vectors.message();
        return ::sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
      },
      descriptor, POLLOUT, !socket.non_blocking(), deadline, clock, ec);
}

/// What a connect that is under way has come to, once the socket is writable.
inline error_code connect_result(int descriptor) {
  int result = 0;
  socklen_t size = sizeof(result);
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &result, &size) != 0) return last_error();
  return error_code(result, boost::system::system_category());
}

/// Connects an open socket whose native mode is non-blocking.
template <class Endpoint>
error_code connect_non_blocking(int descriptor, const Endpoint& endpoint,
                                std::chrono::steady_clock::time_point deadline,
                                const clock_service& clock) {
  for (;;) {
    const auto* address = reinterpret_cast<const sockaddr*>(endpoint.data());
    if (::connect(descriptor, address, static_cast<socklen_t>(endpoint.size())) == 0) return {};
    if (errno == EINPROGRESS || errno == EINTR || errno == EALREADY) {
      const error_code ec = wait_until_ready(descriptor, POLLOUT, deadline, clock);
      return ec ? ec : connect_result(descriptor);
    }
    if (errno != EAGAIN || address->sa_family != AF_UNIX) return last_error();
    // The peer's backlog is full, for which there is nothing to wait on.
    if (clock.now() >= deadline) return error::timeout;
    ::poll(nullptr, 0, 1);
  }
}

/// Connects, opening the socket first if it is not open.
template <class Socket>
error_code connect_until(Socket& socket, const typename Socket::endpoint_type& endpoint,
                         std::chrono::steady_clock::time_point deadline,
                         const clock_service& clock) {
  if (deadline <= clock.now()) return error::timeout;
  error_code ec;
  if (!socket.is_open()) socket.open(endpoint.protocol(), ec);
  if (ec) return ec;
  const bool was_non_blocking = socket.native_non_blocking();
  socket.native_non_blocking(true, ec);
  if (ec) return ec;
  ec = connect_non_blocking(socket.native_handle(), endpoint, deadline, clock);
  error_code ignored;
  if (!was_non_blocking) socket.native_non_blocking(false, ignored);
  return ec;
}

}  // namespace timed::detail

#endif  // TIMED_DETAIL_BLOCKING_H
