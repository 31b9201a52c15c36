// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// A Unix domain socket with deadlines on a `timed::uring::io_context`.

#ifndef TIMED_URING_UNIX_STREAM_H
#define TIMED_URING_UNIX_STREAM_H

#include <boost/asio/local/stream_protocol.hpp>

#include "timed/uring/basic_stream.h"

namespace timed::uring {

/// A Unix domain socket whose operations have deadlines; see `basic_stream`.
using unix_stream = basic_stream<net::local::stream_protocol>;

}  // namespace timed::uring

#endif  // TIMED_URING_UNIX_STREAM_H
