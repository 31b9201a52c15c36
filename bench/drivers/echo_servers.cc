// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/drivers/echo_servers.h"

#include <vector>

#include "bench/contenders/asio/cancel_after.h"
#include "bench/contenders/asio/kept_timer.h"
#include "bench/contenders/asio/lazy_timer.h"
#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/asio/socket_one_thread.h"
#include "bench/contenders/beast/beast.h"
#include "bench/contenders/libevent/echo.h"
#include "bench/contenders/raw_epoll/echo.h"
#include "bench/contenders/raw_liburing/echo.h"
#include "bench/contenders/timed/idle_timeout.h"
#include "bench/contenders/timed/timed.h"
#include "bench/drivers/any_server.h"
#include "bench/drivers/echo_session.h"
#include "bench/drivers/request_server.h"
#include "timed/backend.h"

namespace timed::bench {

std::vector<server_contender> echo_contenders() {
  std::vector<server_contender> all;
  if (backend::name() == "io_uring_native") {
    using contenders::raw_liburing_way;
    all.push_back(contender_with<contenders::raw_liburing_echo<raw_liburing_way::ring>>());
    all.push_back(contender_with<contenders::raw_liburing_echo<raw_liburing_way::send>>());
    all.push_back(contender_with<contenders::raw_liburing_echo<raw_liburing_way::multishot>>());
    all.push_back(
        contender_with<contenders::raw_liburing_echo<raw_liburing_way::multishot_coop_taskrun>>());
    all.push_back(contender_with<contenders::raw_liburing_echo<raw_liburing_way::link_timeout>>());
  }
  if (backend::name() == "epoll") all.push_back(contender_with<contenders::raw_epoll_echo>());
  add_if_it_runs_here<contenders::plain_socket, echo_session>(all);
  add_if_it_runs_here<contenders::socket_one_thread, echo_session>(all);
  add_if_it_runs_here<contenders::timed, echo_session>(all);
  add_if_it_runs_here<contenders::timed_idle_timeout, echo_session>(all);
  add_if_it_runs_here<contenders::asio_cancel_after, echo_session>(all);
  add_if_it_runs_here<contenders::asio_lazy_timer, echo_session>(all);
  add_if_it_runs_here<contenders::asio_kept_timer, echo_session>(all);
  add_if_it_runs_here<contenders::beast, echo_session>(all);
  if (backend::name() == "epoll") all.push_back(contender_with<contenders::libevent_echo>());
  return all;
}

}  // namespace timed::bench
