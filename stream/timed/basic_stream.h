// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// The timed stream.

#ifndef TIMED_BASIC_STREAM_H
#define TIMED_BASIC_STREAM_H

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_stream_socket.hpp>

#include "timed/backend.h"
#include "timed/detail/stream_over.h"
#include "timed/error.h"
#include "timed/rate_policy.h"

namespace timed {

/// A stream socket whose operations have deadlines.
///
/// Reads, writes and connects are composed operations: the socket's own operation, plus the rule
/// that if the deadline passes first, it is cancelled and its handler gets `error::timeout`.
/// Deadlines are set by `expires_after`, `expires_at` and `expires_never`. The interface is that
/// of Boost.Beast's `basic_stream`, which is where it comes from. Its functions are documented in
/// `timed/detail/stream_over.h`.
///
/// @code
/// timed::tcp_stream stream(context);
/// stream.expires_after(std::chrono::seconds(30));
/// stream.async_write_some(net::buffer(data), [](timed::error_code ec, std::size_t n) {
///   if (ec == timed::error::timeout) ...
/// });
/// @endcode
///
/// It meets Asio's AsyncReadStream and AsyncWriteStream, so that `net::async_read` and
/// `net::async_write` run over it. A deadline then bounds the whole of such an operation.
///
/// @tparam Protocol The protocol, such as `net::ip::tcp`.
/// @tparam Executor The type of the I/O executor.
/// @tparam RatePolicy How many bytes may be transferred, and when.
template <class Protocol, class Executor = net::any_io_executor,
          class RatePolicy = unlimited_rate_policy>
class basic_stream
    : public detail::stream_over<net::basic_stream_socket<Protocol, Executor>, RatePolicy> {
  using base = detail::stream_over<net::basic_stream_socket<Protocol, Executor>, RatePolicy>;

 public:
  /// The same stream on another type of executor.
  template <class OtherExecutor>
  struct rebind_executor {
    using other = basic_stream<Protocol, OtherExecutor, RatePolicy>;
  };

  using base::base;
};

}  // namespace timed

#endif  // TIMED_BASIC_STREAM_H
