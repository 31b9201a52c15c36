// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_ASIO_REACTOR_H
#define TIMED_DETAIL_ASIO_REACTOR_H

#include <boost/asio/detail/config.hpp>

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

}  // namespace timed::detail

#endif  // TIMED_DETAIL_ASIO_REACTOR_H
