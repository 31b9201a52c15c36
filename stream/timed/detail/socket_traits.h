// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_SOCKET_TRAITS_H
#define TIMED_DETAIL_SOCKET_TRAITS_H

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/wait_traits.hpp>
#include <type_traits>

#include "timed/detail/asio_deadline_driver.h"
#include "timed/detail/connect_outcome.h"
#include "timed/detail/deadline_service.h"

namespace timed::uring {

template <class Protocol, class Executor>
class basic_stream_socket;

}  // namespace timed::uring

namespace timed::detail {

/// What a stream has to know about the kind of socket that it is over: which timers go with it, and
/// how the execution context that it is on watches deadlines. This is for the sockets of Asio.
template <class Socket>
struct socket_traits {
  using executor_type = typename Socket::executor_type;
  using clock_type = deadline_service::clock_type;
  using timer = net::basic_waitable_timer<clock_type, net::wait_traits<clock_type>, executor_type>;

  /// Whether a connect that reports success may have failed, for which the stream has to look.
  static constexpr bool may_report_false_success = asio_may_report_false_success;

  /// Sees to it that the service of the executor's context has a driver.
  /// @return Whether that is possible with an executor of this kind.
  static bool drive(const executor_type& executor, deadline_service& service) {
    return asio_deadline_drive<executor_type>::start(executor, service);
  }
};

/// Whether sockets of a protocol may be Unix sockets.
template <class Protocol>
inline constexpr bool may_be_local = !std::is_same_v<Protocol, net::ip::tcp>;

// For those of ours: timed/uring/basic_stream.h.
template <class Protocol, class Executor>
struct socket_traits<uring::basic_stream_socket<Protocol, Executor>>;

}  // namespace timed::detail

#endif  // TIMED_DETAIL_SOCKET_TRAITS_H
