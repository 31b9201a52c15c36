// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STATE_SOCKET_CALLS_H
#define TIMED_DETAIL_STATE_SOCKET_CALLS_H

#include <sys/socket.h>

#include "timed/detail/errors.h"
#include "timed/error.h"

// System calls on a socket's descriptor that never block.

namespace timed::detail {

/// Returns the result of an outstanding connect, once the socket is writable.
inline error_code connect_result(int descriptor) {
  int result = 0;
  socklen_t size = sizeof(result);
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &result, &size) != 0) return last_error();
  return system_error(result);
}

/// Resets the kernel's socket after a connect that has failed or was cancelled. Otherwise the next
/// connect would report the result of that one, by ECONNABORTED or EALREADY.
inline void reset_connect(int descriptor) {
  const sockaddr none{.sa_family = AF_UNSPEC, .sa_data = {}};
  // A connect that was outstanding leaves an error, which the next one must not report.
  if (::connect(descriptor, &none, sizeof(none)) == 0) (void)connect_result(descriptor);
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

#endif  // TIMED_DETAIL_STATE_SOCKET_CALLS_H
