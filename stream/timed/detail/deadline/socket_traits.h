// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_DEADLINE_SOCKET_TRAITS_H
#define TIMED_DETAIL_DEADLINE_SOCKET_TRAITS_H

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/wait_traits.hpp>
#include <type_traits>

#include "timed/detail/asio_reactor.h"
#include "timed/detail/deadline/asio_deadline_driver.h"
#include "timed/detail/deadline/deadline_service.h"

namespace timed::uring {

template <class Protocol, class Executor>
class basic_stream_socket;

}  // namespace timed::uring

namespace timed::detail {

/// What a stream needs to know about its type of socket: the type of timers for the same executor,
/// how to install the driver of the context's deadline service, and what it has to do after a
/// connect or a failure, before a cancellation, and before a synchronous operation. This is for the
/// sockets of Asio.
template <class Socket>
struct socket_traits {
  using executor_type = typename Socket::executor_type;
  using clock_type = deadline_service::clock_type;
  using timer = net::basic_waitable_timer<clock_type, net::wait_traits<clock_type>, executor_type>;

  /// Whether a connect that reports success may have failed, which the stream then has to check.
  static constexpr bool may_report_false_success = asio_may_report_false_success;

  /// Whether the stream has to check the socket's readiness after a failed operation.
  static constexpr bool may_miss_readiness = asio_may_miss_readiness;

  /// Submits an outstanding write that is about to be cancelled, if the kernel may not find it
  /// otherwise.
  static void submit_before_cancellation([[maybe_unused]] net::execution_context& context) {
    if constexpr (asio_may_miss_cancellation) submit_asio_operations(context);
  }

  /// Submits what was started before, so that a system call on the descriptor follows it. Does
  /// nothing: on epoll nothing is left to submit, and on io_uring Asio's own synchronous functions
  /// do not submit it either.
  static void submit_started(Socket&) noexcept {}

  /// Installs the driver of the service of the executor's context, unless there is one already.
  /// @return Whether that is possible with an executor of this type.
  static bool install_driver(const executor_type& executor, deadline_service& service) {
    return detail::install_driver(executor, service);
  }
};

/// Whether sockets of a protocol may be Unix sockets.
template <class Protocol>
inline constexpr bool may_be_local = !std::is_same_v<Protocol, net::ip::tcp>;

// Defined in uring_socket_traits.h.
template <class Protocol, class Executor>
struct socket_traits<uring::basic_stream_socket<Protocol, Executor>>;

}  // namespace timed::detail

#endif  // TIMED_DETAIL_DEADLINE_SOCKET_TRAITS_H
