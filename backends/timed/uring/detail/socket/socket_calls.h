// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_SOCKET_SOCKET_CALLS_H
#define TIMED_URING_DETAIL_SOCKET_SOCKET_CALLS_H

#include <sys/socket.h>

#include <boost/system/error_code.hpp>

#include "timed/detail/errors.h"

// The system calls of synchronous operations, which do not use the ring. With `waits` they block
// until they can do something, whatever the descriptor's own mode.

namespace timed::uring::detail {

using boost::system::error_code;
using timed::detail::error_if;
using timed::detail::throw_if;

/// @return `would_block` if it is not ready, and `waits` is false.
error_code wait_until_ready(int descriptor, short events, bool waits);

std::size_t receive(int descriptor, ::msghdr& message, int flags, bool waits, error_code& ec);
std::size_t send(int descriptor, const ::msghdr& message, int flags, bool waits, error_code& ec);
/// @param reports_aborted Whether a connection that was reset before it was accepted is an error;
///     the next one is accepted if not.
int accept(int descriptor, void* address, ::socklen_t* size, bool waits, bool reports_aborted,
           error_code& ec);
void connect(int descriptor, const void* address, ::socklen_t size, bool waits, error_code& ec);

/// As `connect`, but never waits.
void connect_at_once(int descriptor, const void* address, ::socklen_t size, error_code& ec);
/// @return Whether accept(2) has failed because the peer has reset the connection.
bool is_aborted_connection(int error) noexcept;
/// As getsockopt(2), but the size of a buffer is what was set, and not twice as much.
error_code get_option(int descriptor, int level, int name, void* data, ::socklen_t& size);

bool is_native_non_blocking(int descriptor, error_code& ec);
void set_native_non_blocking(int descriptor, bool mode, error_code& ec);

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_SOCKET_SOCKET_CALLS_H
