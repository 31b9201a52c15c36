// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// The timed stream over TCP.

#ifndef TIMED_TCP_STREAM_H
#define TIMED_TCP_STREAM_H

#include <boost/asio/ip/tcp.hpp>

#include "timed/basic_stream.h"

namespace timed {

/// A TCP socket whose operations have deadlines; see `basic_stream`.
using tcp_stream = basic_stream<net::ip::tcp>;

}  // namespace timed

#endif  // TIMED_TCP_STREAM_H
