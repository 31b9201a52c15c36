// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// The timed stream on the backend that the build flag selects.

#ifndef TIMED_BASIC_STREAM_H
#define TIMED_BASIC_STREAM_H

#include <boost/asio/any_io_executor.hpp>

#include "timed/backend.h"
#include "timed/direction.h"
#include "timed/error.h"
#include "timed/rate_policy.h"
#include "timed/socket_stream.h"
#include "timed/timeout_action.h"

#if defined(TIMED_BACKEND_IO_URING_NATIVE)
#include "timed/uring/basic_stream.h"
#endif

namespace timed {

/// A stream socket whose operations have deadlines.
///
/// Reads, writes and connects are composed operations: the socket's own operation, which is
/// cancelled if the deadline passes first; the handler then gets `error::timeout`. Deadlines are
/// set by `expires_after`, `expires_at` and `expires_never`; from the start of each operation by
/// `timeout`, `read_timeout` and `write_timeout`; for one operation by the token adapter
/// `with_timeout`. The functions are documented in `timed/socket_stream.h`; docs/semantics.md
/// states which operation completes when, and with which error.
///
/// The interface is that of Boost.Beast's `basic_stream`. Beast's HTTP and WebSocket and
/// `net::ssl::stream` run over it.
///
/// @code
/// timed::tcp_stream stream(context);
/// stream.expires_after(std::chrono::seconds(30));
/// stream.async_write_some(net::buffer(data), [](timed::error_code ec, std::size_t n) {
///   if (ec == timed::error::timeout) ...
/// });
/// @endcode
///
/// It meets Asio's AsyncReadStream, AsyncWriteStream, SyncReadStream and SyncWriteStream, so
/// `net::async_read` and `net::async_write` run over it. A deadline of `expires_after` limits such
/// an operation as a whole.
///
/// @tparam Protocol The protocol, such as `net::ip::tcp`.
/// @tparam Executor The type of the I/O executor.
/// @tparam RatePolicy The limits for reading and writing.
template <class Protocol, class Executor = net::any_io_executor,
          class RatePolicy = unlimited_rate_policy>
using basic_stream = socket_stream<backend::basic_stream_socket<Protocol, Executor>, RatePolicy>;

}  // namespace timed

#endif  // TIMED_BASIC_STREAM_H
