// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// A TCP socket with deadlines on a `timed::uring::io_context`.

#ifndef TIMED_URING_TCP_STREAM_H
#define TIMED_URING_TCP_STREAM_H

#include <boost/asio/ip/tcp.hpp>

#include "timed/uring/basic_stream.h"

namespace timed::uring {

/// A TCP socket whose operations have deadlines; see `basic_stream`.
using tcp_stream = basic_stream<net::ip::tcp>;

}  // namespace timed::uring

#endif  // TIMED_URING_TCP_STREAM_H
