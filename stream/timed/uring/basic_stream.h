// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// The timed stream on a `timed::uring::io_context`, whatever backend the build flag selects.

#ifndef TIMED_URING_BASIC_STREAM_H
#define TIMED_URING_BASIC_STREAM_H

#include <boost/asio/any_io_executor.hpp>

#include "timed/detail/deadline/uring_socket_traits.h"
#include "timed/rate_policy.h"
#include "timed/socket_stream.h"
#include "timed/uring/basic_stream_socket.h"
#include "timed/uring/io_context.h"

namespace timed::uring {

/// The same as `timed::basic_stream` if the flag is at `io_uring_native`. Its
/// deadlines are driven by the event loop of its context.
///
/// @tparam Protocol The protocol, such as `net::ip::tcp`.
/// @tparam Executor The type of the I/O executor, of a `timed::uring::io_context`.
/// @tparam RatePolicy The limits for reading and writing.
template <class Protocol, class Executor = net::any_io_executor,
          class RatePolicy = unlimited_rate_policy>
using basic_stream = socket_stream<basic_stream_socket<Protocol, Executor>, RatePolicy>;

}  // namespace timed::uring

#endif  // TIMED_URING_BASIC_STREAM_H
