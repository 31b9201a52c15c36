// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_LOOP_ERRORS_H
#define TIMED_URING_DETAIL_LOOP_LOOP_ERRORS_H

#include <chrono>

#include "timed/detail/requires_cxx20.h"

namespace timed::uring::detail {

/// How long to wait before asking a kernel again that had no memory.
inline constexpr std::chrono::milliseconds retry_delay{1};

/// @throws boost::system::system_error fork(2) has made this process, and `notify_fork()` was not
///     called.
[[noreturn]] void throw_orphaned();

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_LOOP_ERRORS_H
