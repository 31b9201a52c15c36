// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// The timed stream over a socket of any kind, and how connections under it end.

#ifndef TIMED_SOCKET_STREAM_H
#define TIMED_SOCKET_STREAM_H

#include <utility>

#include "timed/detail/stream_over.h"
#include "timed/detail/teardown.h"
#include "timed/error.h"
#include "timed/rate_policy.h"

namespace timed {

namespace net = boost::asio;

/// The timed stream over a socket type: what `basic_stream` and `uring::basic_stream` are. Its
/// functions are documented in `timed/detail/stream_over.h`.
///
/// @tparam Socket `net::basic_stream_socket<...>`, or `uring::basic_stream_socket<...>`.
/// @tparam RatePolicy How many bytes may be transferred, and when.
template <class Socket, class RatePolicy = unlimited_rate_policy>
class socket_stream : public detail::stream_over<Socket, RatePolicy> {
  using base = detail::stream_over<Socket, RatePolicy>;

 public:
  /// The same stream on another type of executor.
  template <class OtherExecutor>
  struct rebind_executor {
    using other =
        socket_stream<typename Socket::template rebind_executor<OtherExecutor>::other, RatePolicy>;
  };

  using base::base;
};

// Ending a connection. Beast's WebSocket finds the first five of these by argument-dependent
// look-up.

/// Closes the stream, as `close()` does, but never waits, whatever SO_LINGER says; what is
/// outstanding reports `operation_aborted`.
template <class Socket, class RatePolicy>
void beast_close_socket(socket_stream<Socket, RatePolicy>& stream) {
  detail::stream_access::close_at_once(stream);
}

/// Ends a connection in order: a server ends its side and then waits until the client has ended
/// its own, a client the other way round; what still arrives is dropped. Then the stream is closed:
/// in any case, and at the latest when its `linger_timeout` has passed. Blocks until then.
///
/// @param ec `error::timeout` if the peer has not ended its side by then.
template <class Socket, class RatePolicy>
void teardown(boost::beast::role_type role, socket_stream<Socket, RatePolicy>& stream,
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
template <class Socket, class RatePolicy, net::completion_token_for<void(error_code)> TeardownToken>
auto async_teardown(boost::beast::role_type role, socket_stream<Socket, RatePolicy>& stream,
                    TeardownToken&& token) {
  const auto& state = detail::stream_access::state(stream);
  return detail::async_tear_down_until(detail::ends_first(role), state,
                                       detail::linger_deadline(*state),
                                       std::forward<TeardownToken>(token));
}

/// The same for a connection with TLS, which is ended first; the one `linger_timeout` counts for
/// both. As with all operations of a `net::ssl::stream`, that has to stay where it is meanwhile.
template <class Socket, class RatePolicy>
void teardown(boost::beast::role_type role,
              net::ssl::stream<socket_stream<Socket, RatePolicy>>& stream, error_code& ec) {
  ec = detail::end_tls(detail::tear_down_order(role), stream);
}
template <class Socket, class RatePolicy, net::completion_token_for<void(error_code)> TeardownToken>
auto async_teardown(boost::beast::role_type role,
                    net::ssl::stream<socket_stream<Socket, RatePolicy>>& stream,
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
template <class Socket, class RatePolicy, net::completion_token_for<void(error_code)> ShutdownToken>
auto async_shutdown(net::ssl::stream<socket_stream<Socket, RatePolicy>>& stream,
                    ShutdownToken&& token) {
  return detail::async_end_tls(detail::tcp_ending::close, stream,
                               std::forward<ShutdownToken>(token));
}

/// The same, blocking until then.
template <class Socket, class RatePolicy>
void shutdown(net::ssl::stream<socket_stream<Socket, RatePolicy>>& stream, error_code& ec) {
  ec = detail::end_tls(detail::tcp_ending::close, stream);
}

}  // namespace timed

#endif  // TIMED_SOCKET_STREAM_H
