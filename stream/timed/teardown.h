// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// Functions that end the connection under a timed stream.

#ifndef TIMED_TEARDOWN_H
#define TIMED_TEARDOWN_H

#include <boost/asio/async_result.hpp>
#include <utility>

#include "timed/detail/operation/stream_access.h"
#include "timed/detail/operation/teardown.h"
#include "timed/error.h"

namespace timed {

namespace net = boost::asio;

template <class Socket, class RatePolicy>
class socket_stream;

// Functions that end a connection. Beast's WebSocket finds the first five by argument-dependent
// look-up.

/// Closes the stream, as `close()` does, but never blocks, whatever SO_LINGER says. Outstanding
/// operations report `operation_aborted`.
template <class Socket, class RatePolicy>
void beast_close_socket(socket_stream<Socket, RatePolicy>& stream) {
  detail::stream_access::close_at_once(stream);
}

/// Ends a connection in order. A server ends its side and then waits until the client has ended its
/// own, a client in the reverse order; bytes that still arrive are dropped. Then the stream is
/// closed, at the latest when its `linger_timeout` expires. Blocks until then.
///
/// @param role Which side this is.
/// @param stream The connection.
/// @param ec `error::timeout` if the peer has not ended its side by then.
template <class Socket, class RatePolicy>
void teardown(boost::beast::role_type role, socket_stream<Socket, RatePolicy>& stream,
              error_code& ec) {
  const auto state = detail::stream_access::state(stream);
  ec = detail::tear_down_until(detail::ends_first(role), *state, detail::linger_deadline(*state));
}

/// The same without blocking. The stream's deadline for reading applies too.
///
/// @param token A completion token with the signature `void(error_code)`.
/// @par Cancellation
/// Terminal, partial and total: `operation_aborted`; the stream is closed.
template <class Socket, class RatePolicy, net::completion_token_for<void(error_code)> TeardownToken>
auto async_teardown(boost::beast::role_type role, socket_stream<Socket, RatePolicy>& stream,
                    TeardownToken&& token) {
  const auto& state = detail::stream_access::state(stream);
  return detail::async_tear_down_until(detail::ends_first(role), state,
                                       detail::linger_deadline(*state),
                                       std::forward<TeardownToken>(token));
}

/// The same for a connection with TLS, which is ended first, within the same `linger_timeout`. As
/// for all operations of a `net::ssl::stream`, that must not be moved meanwhile.
template <class Socket, class RatePolicy>
void teardown(boost::beast::role_type role,
              net::ssl::stream<socket_stream<Socket, RatePolicy>>& stream, error_code& ec) {
  ec = detail::end_tls(detail::tear_down_order(role), stream);
}
/// The same without blocking. The stream's deadline for reading applies too.
///
/// @param token A completion token with the signature `void(error_code)`.
template <class Socket, class RatePolicy, net::completion_token_for<void(error_code)> TeardownToken>
auto async_teardown(boost::beast::role_type role,
                    net::ssl::stream<socket_stream<Socket, RatePolicy>>& stream,
                    TeardownToken&& token) {
  return detail::async_end_tls(detail::tear_down_order(role), stream,
                               std::forward<TeardownToken>(token));
}

/// Ends TLS in order (`net::ssl::stream::async_shutdown`), and then closes the stream under it, at
/// the latest when its `linger_timeout`, or its deadline, expires. Thus a peer that never answers
/// cannot keep the connection open.
///
/// @code
/// net::ssl::stream<timed::tcp_stream> stream(context, tls);
/// ...
/// timed::async_shutdown(stream, [](timed::error_code ec) { ... });
/// @endcode
///
/// @param token A completion token with the signature `void(error_code)`.
/// @par Errors
/// `error::timeout` if the peer has not answered by then;
/// `net::ssl::error::stream_truncated` if it closed the connection instead.
/// @par Cancellation
/// Terminal, partial and total: `operation_aborted`; the stream is closed.
template <class Socket, class RatePolicy, net::completion_token_for<void(error_code)> ShutdownToken>
auto async_shutdown(net::ssl::stream<socket_stream<Socket, RatePolicy>>& stream,
                    ShutdownToken&& token) {
  return detail::async_end_tls(detail::tcp_ending::close, stream,
                               std::forward<ShutdownToken>(token));
}

/// The same, but blocks until then.
template <class Socket, class RatePolicy>
void shutdown(net::ssl::stream<socket_stream<Socket, RatePolicy>>& stream, error_code& ec) {
  ec = detail::end_tls(detail::tcp_ending::close, stream);
}

}  // namespace timed

#endif  // TIMED_TEARDOWN_H
