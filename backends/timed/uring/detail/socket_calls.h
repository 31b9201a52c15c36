// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_SOCKET_CALLS_H
#define TIMED_URING_DETAIL_SOCKET_CALLS_H

#include <sys/socket.h>

#include <boost/system/error_code.hpp>

// The system calls of synchronous operations, which do without the ring. Where `waits` is given,
// they block until they can do something, whatever the descriptor's own mode.

namespace timed::uring::detail {

using boost::system::error_code;

error_code wait_until_ready(int descriptor, short events);

std::size_t receive(int descriptor, ::msghdr& message, int flags, bool waits, error_code& ec);
std::size_t send(int descriptor, const ::msghdr& message, int flags, bool waits, error_code& ec);
int accept(int descriptor, void* address, ::socklen_t* size, bool waits, error_code& ec);
void connect(int descriptor, const void* address, ::socklen_t size, bool waits, error_code& ec);

/// As `connect`, but never waits.
void connect_at_once(int descriptor, const void* address, ::socklen_t size, error_code& ec);

bool is_native_non_blocking(int descriptor, error_code& ec);
void set_native_non_blocking(int descriptor, bool mode, error_code& ec);

/// @return `errno` as an error, if `result` is negative.
error_code error_if(long result);

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_SOCKET_CALLS_H
