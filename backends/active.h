// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What this process really uses, read off its file descriptors, which no macro can fool.

#ifndef TIMED_BACKENDS_ACTIVE_H
#define TIMED_BACKENDS_ACTIVE_H

#include <string>

namespace timed::backend {

/// @return "epoll" if this process has epoll instances and no io_uring, "io_uring" if it is the
///     other way round, "epoll+io_uring" if it has both, and "none". Reads /proc/self/fd: make a
///     socket or a timer on the context in question first, as contexts open theirs lazily.
std::string active();

}  // namespace timed::backend

#endif  // TIMED_BACKENDS_ACTIVE_H
