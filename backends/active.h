// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The kernel interfaces that this process uses, by its file descriptors.

#ifndef TIMED_BACKENDS_ACTIVE_H
#define TIMED_BACKENDS_ACTIVE_H

#include <string>

namespace timed::backend {

/// @return "epoll" if this process has epoll instances, "io_uring" if it has rings of Asio's,
///     "io_uring_native" if it has rings of ours; several of them with "+" between, in this order;
///     "none" if none. Reads /proc/self/fd: make a socket or a timer on the context in question
///     first, as Asio's contexts open theirs lazily.
std::string active();

}  // namespace timed::backend

#endif  // TIMED_BACKENDS_ACTIVE_H
