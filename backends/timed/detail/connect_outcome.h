// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_CONNECT_OUTCOME_H
#define TIMED_DETAIL_CONNECT_OUTCOME_H

#include <boost/asio/detail/config.hpp>

namespace timed::detail {

/// Whether Asio's sockets may report success for a connect that an ICMP error has ended, as the
/// kernel's IORING_OP_CONNECT does. The socket option SO_ERROR tells.
#if defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT)
inline constexpr bool asio_may_report_false_success = true;
#else
inline constexpr bool asio_may_report_false_success = false;
#endif

}  // namespace timed::detail

#endif  // TIMED_DETAIL_CONNECT_OUTCOME_H
