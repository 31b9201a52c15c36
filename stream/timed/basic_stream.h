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
#include "timed/detail/teardown.h"
#include "timed/direction.h"
#include "timed/error.h"
#include "timed/rate_policy.h"
#include "timed/timeout_action.h"

namespace timed {

/// A stream socket whose operations have deadlines.
///
/// Reads, writes and connects are composed operations: the socket's own operation, plus the rule
/// that if the deadline passes first, it is cancelled and its handler gets `error::timeout`.
/// Deadlines are set by `expires_after`, `expires_at` and `expires_never`, or for each operation
/// afresh by `timeout`, `read_timeout` and `write_timeout`, or for one operation by the token
/// adapter `with_timeout`. Its functions are documented in `timed/detail/stream_over.h`; what
/// completes when, with which code, is in docs/semantics.md.
///
/// The interface is that of Boost.Beast's `basic_stream`, which is where it comes from, and Beast's
/// HTTP and WebSocket and `net::ssl::stream` run over it.
///
/// @code
/// timed::tcp_stream stream(context);
/// stream.expires_after(std::chrono::seconds(30));
/// stream.async_write_some(net::buffer(data), [](timed::error_code ec, std::size_t n) {
///   if (ec == timed::error::timeout) ...
/// });
/// @endcode
///
/// It meets Asio's AsyncReadStream, AsyncWriteStream, SyncReadStream and SyncWriteStream, so that
/// `net::async_read` and `net::async_write` run over it. A deadline of `expires_after` then bounds
/// the whole of such an operation.
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

// Ending a connection. Beast's WebSocket finds the first five of these by argument-dependent
// look-up.

/// Closes the stream; what is outstanding reports `operation_aborted`.
template <class Protocol, class Executor, class RatePolicy>
void beast_close_socket(basic_stream<Protocol, Executor, RatePolicy>& stream) {
  stream.close();
}

/// Ends a connection in order: a server ends its side and then waits until the client has ended
/// its own, a client the other way round; what still arrives is dropped. Then the stream is closed:
/// in any case, and at the latest when its `linger_timeout` has passed. Blocks until then.
///
/// @param ec `error::timeout` if the peer has not ended its side by then.
template <class Protocol, class Executor, class RatePolicy>
void teardown(boost::beast::role_type role, basic_stream<Protocol, Executor, RatePolicy>& stream,
              error_code& ec) {
  const auto state = detail::stream_access::state(stream);
  ec = detail::tear_down_until(detail::ends_first(role), *state, detail::linger_deadline(*state));
}

/// The same without blocking. The earlier one of the `linger_timeout` and the stream's deadline
/// for reading counts.
///
/// @param token A completion token with the signature `void(error_code)`.
/// @par Cancellation
/// Terminal, partial and total: `operation_aborted`; the stream is closed.
template <class Protocol, class Executor, class RatePolicy,
          net::completion_token_for<void(error_code)> TeardownToken>
auto async_teardown(boost::beast::role_type role,
                    basic_stream<Protocol, Executor, RatePolicy>& stream, TeardownToken&& token) {
  const auto& state = detail::stream_access::state(stream);
  return detail::async_tear_down_until(detail::ends_first(role), state,
                                       detail::linger_deadline(*state),
                                       std::forward<TeardownToken>(token));
}

/// The same for a connection with TLS, which is ended first; the one `linger_timeout` counts for
/// both. As with all operations of a `net::ssl::stream`, that has to stay where it is meanwhile.
template <class Protocol, class Executor, class RatePolicy>
void teardown(boost::beast::role_type role,
              net::ssl::stream<basic_stream<Protocol, Executor, RatePolicy>>& stream,
              error_code& ec) {
  ec = detail::end_tls(detail::tear_down_order(role), stream);
}
template <class Protocol, class Executor, class RatePolicy,
          net::completion_token_for<void(error_code)> TeardownToken>
auto async_teardown(boost::beast::role_type role,
                    net::ssl::stream<basic_stream<Protocol, Executor, RatePolicy>>& stream,
                    TeardownToken&& token) {
  return detail::async_end_tls(detail::tear_down_order(role), stream,
                               std::forward<TeardownToken>(token));
}

/// Ends TLS in order (`net::ssl::stream::async_shutdown`), and then closes the stream under it: in
/// any case, and at the latest when its `linger_timeout`, or its deadline, has passed. Thus a peer
/// that never answers cannot hold the connection open.
///
/// @param token A completion token with the signature `void(error_code)`.
/// @par Errors
/// `error::timeout` if the peer has not answered by then;
/// `net::ssl::error::stream_truncated` if it has closed the connection instead.
/// @par Cancellation
/// Terminal, partial and total: `operation_aborted`; the stream is closed.
template <class Protocol, class Executor, class RatePolicy,
          net::completion_token_for<void(error_code)> ShutdownToken>
auto async_shutdown(net::ssl::stream<basic_stream<Protocol, Executor, RatePolicy>>& stream,
                    ShutdownToken&& token) {
  return detail::async_end_tls(detail::tcp_ending::close, stream,
                               std::forward<ShutdownToken>(token));
}

/// The same, blocking until then.
template <class Protocol, class Executor, class RatePolicy>
void shutdown(net::ssl::stream<basic_stream<Protocol, Executor, RatePolicy>>& stream,
              error_code& ec) {
  ec = detail::end_tls(detail::tcp_ending::close, stream);
}

}  // namespace timed

#endif  // TIMED_BASIC_STREAM_H
