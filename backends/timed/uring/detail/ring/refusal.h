// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_RING_REFUSAL_H
#define TIMED_URING_DETAIL_RING_REFUSAL_H

#include <string>

#include "timed/detail/requires_cxx20.h"

namespace timed::uring::detail {

/// @param error The errno with which the kernel refuses to set up an io_uring.
/// @param oldest_kernel The oldest version that supports what is asked for, such as "5.19".
/// @return The probable cause, and the remedy.
std::string explain_refused_io_uring(int error, const std::string& oldest_kernel);

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_RING_REFUSAL_H
