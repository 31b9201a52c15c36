// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// The timed stream over Unix domain sockets.

#ifndef TIMED_UNIX_STREAM_H
#define TIMED_UNIX_STREAM_H

#include <boost/asio/local/stream_protocol.hpp>

#include "timed/basic_stream.h"

namespace timed {

/// A Unix domain socket whose operations have deadlines; see `basic_stream`.
using unix_stream = basic_stream<net::local::stream_protocol>;

}  // namespace timed

#endif  // TIMED_UNIX_STREAM_H
