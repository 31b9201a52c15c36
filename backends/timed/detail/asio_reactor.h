// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_ASIO_REACTOR_H
#define TIMED_DETAIL_ASIO_REACTOR_H

#include <boost/asio/detail/config.hpp>
#include <boost/asio/execution_context.hpp>

// Properties of Asio's sockets that streams work around, by the reactor that Asio uses.

namespace timed::detail {

#if defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT)
inline constexpr bool asio_is_on_epoll = false;
#else
inline constexpr bool asio_is_on_epoll = true;
#endif

/// Whether Asio's sockets may report success for a connect that an ICMP error has ended, as the
/// kernel's IORING_OP_CONNECT does. The socket option SO_ERROR has the error.
inline constexpr bool asio_may_report_false_success = !asio_is_on_epoll;

/// Whether an operation that is started after one that has failed, or has read the end, may wait
/// for a change of the socket's readiness although the socket is ready. The epoll reactor does not
/// try such an operation at once, and the kernel reports changes only.
inline constexpr bool asio_may_miss_readiness = asio_is_on_epoll;

/// Whether the kernel may not find a write that is submitted together with its cancellation.
///
/// A write to a full socket, whose peer has shut down its sending side, then is on its way from a
/// poll of the ring to a worker thread. (Each poll of a ring includes POLLRDHUP, so it completes at
/// once.) Asio does not request a cancellation twice.
inline constexpr bool asio_may_miss_cancellation = !asio_is_on_epoll;

/// Submits what Asio's sockets on a context have started, so that the kernel finds it when it is
/// cancelled. On epoll nothing is left to submit.
void submit_asio_operations(boost::asio::execution_context& context);

}  // namespace timed::detail

#endif  // TIMED_DETAIL_ASIO_REACTOR_H
