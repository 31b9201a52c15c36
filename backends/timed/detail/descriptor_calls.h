// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_DESCRIPTOR_CALLS_H
#define TIMED_DETAIL_DESCRIPTOR_CALLS_H

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <ctime>
#include <utility>

#include "timed/detail/errors.h"

// System calls on a socket's descriptor. Only those that wait may block.

namespace timed::detail {

using boost::system::error_code;

/// Closes a file descriptor when it is destroyed, unless that has been released.
class unique_descriptor {
 public:
  explicit unique_descriptor(int number) noexcept : number_(number) {}
  unique_descriptor(const unique_descriptor&) = delete;
  unique_descriptor& operator=(const unique_descriptor&) = delete;
  ~unique_descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  int get() const noexcept { return number_; }
  int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// Waits until the descriptor is ready.
/// @param events As for poll(2).
/// @param at_most How long to wait; null without end. poll(2) rounds up to its clock's ticks, so it
///     never returns early.
/// @return No error once it is ready, or in a state that the next call on it will report;
///     `would_block` if the time is up first, `interrupted` after a signal.
inline error_code poll_once(int descriptor, short events, const timespec* at_most) {
  pollfd polled = {.fd = descriptor, .events = events, .revents = 0};
  const int ready = ::ppoll(&polled, 1, at_most, nullptr);
  return ready == 0 ? error_code(boost::asio::error::would_block) : error_if(ready);
}

/// Calls `attempt` until it does something: again after a signal, and after a wait if it would
/// block.
/// @param attempt A system call that does not block.
/// @param wait Waits until another attempt makes sense. An error that it returns ends the attempts.
/// @return The result of the system call; -1 with an error.
template <class Attempt, class Wait>
long attempt_until_done(Attempt attempt, Wait wait, error_code& ec) {
  for (;;) {
    const long result = attempt();
    ec = error_if(result);
    if (!ec) return result;
    if (ec == boost::asio::error::interrupted) continue;
    if (ec == boost::asio::error::would_block) ec = wait();
    if (ec) return -1;
  }
}

/// Returns the result of an outstanding connect, once the socket is writable.
inline error_code connect_result(int descriptor) {
  int result = 0;
  socklen_t size = sizeof(result);
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &result, &size) != 0) return last_error();
  return system_error(result);
}

/// Ends the socket's connection, or its attempt to connect; it can connect again.
/// @return Whether it had one.
inline bool disconnect(int descriptor) {
  const sockaddr none{.sa_family = AF_UNSPEC, .sa_data = {}};
  return ::connect(descriptor, &none, sizeof(none)) == 0;
}

/// Resets the kernel's socket after a connect that has failed or was cancelled. Otherwise the next
/// connect would report the result of that one, by ECONNABORTED or EALREADY.
inline void reset_connect(int descriptor) {
  // A connect that was outstanding leaves an error, which the next one must not report.
  if (disconnect(descriptor)) (void)connect_result(descriptor);
}

template <class Endpoint>
const sockaddr* address_of(const Endpoint& endpoint) {
  return reinterpret_cast<const sockaddr*>(endpoint.data());
}

/// Returns whether the endpoint is that of a Unix socket.
template <class Endpoint>
bool is_local(const Endpoint& endpoint) {
  return address_of(endpoint)->sa_family == AF_UNIX;
}

/// Closes the socket without waiting until everything is sent, whatever SO_LINGER says: the rest is
/// sent in the background. (If SO_LINGER is set with zero, closing resets the connection.)
template <class Socket>
void close_at_once(Socket& socket) {
  if (!socket.is_open()) return;
  const int descriptor = socket.native_handle();
  linger set{};
  socklen_t size = sizeof(set);
  if (::getsockopt(descriptor, SOL_SOCKET, SO_LINGER, &set, &size) == 0 && set.l_onoff != 0 &&
      set.l_linger != 0) {
    set.l_onoff = 0;
    ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &set, size);
  }
  error_code ignored;
  socket.close(ignored);
}

}  // namespace timed::detail

#endif  // TIMED_DETAIL_DESCRIPTOR_CALLS_H
