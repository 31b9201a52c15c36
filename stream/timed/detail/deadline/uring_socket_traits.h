// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_DEADLINE_URING_SOCKET_TRAITS_H
#define TIMED_DETAIL_DEADLINE_URING_SOCKET_TRAITS_H

#include <chrono>
#include <memory>

#include "timed/detail/deadline/deadline_service.h"
#include "timed/detail/deadline/socket_traits.h"
#include "timed/uring/basic_stream_socket.h"
#include "timed/uring/basic_timer.h"
#include "timed/uring/detail/loop/loop.h"

namespace timed::detail {

/// The driver on a `timed::uring::io_context`: its loop's alarm, which limits a wait that the loop
/// is in anyway. It needs no timer, handler or outstanding work.
class uring_deadline_driver final : public deadline_driver, private uring::detail::alarm {
 public:
  uring_deadline_driver(uring::detail::loop& loop, deadline_service& service)
      : loop_(loop), service_(service) {
    loop_.set_alarm(this);
  }
  ~uring_deadline_driver() override { loop_.set_alarm(nullptr); }

  void schedule(std::chrono::steady_clock::time_point when) override { loop_.set_alarm_time(when); }
  void request_rearm() override { loop_.request_alarm(); }

 private:
  void on_time(time_point now) noexcept override { service_.on_timer(now); }
  void on_request() noexcept override { service_.rearm(); }

  uring::detail::loop& loop_;
  deadline_service& service_;
};

template <class Protocol, class Executor>
struct socket_traits<uring::basic_stream_socket<Protocol, Executor>> {
  using socket_type = uring::basic_stream_socket<Protocol, Executor>;
  using timer = uring::basic_timer<Executor>;
  static constexpr bool may_report_false_success = false;
  static constexpr bool may_miss_readiness = false;

  static void submit_before_cancellation(net::execution_context&) noexcept {}

  static void submit_started(socket_type& socket) noexcept {
    uring::detail::socket_access::submit_started(socket);
  }

  static bool install_driver(const Executor& executor, deadline_service& service) {
    auto& loop = uring::detail::loop::of(executor);
    service.install_driver([&loop](deadline_service& driven) {
      return std::make_unique<uring_deadline_driver>(loop, driven);
    });
    return true;
  }
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_DEADLINE_URING_SOCKET_TRAITS_H
