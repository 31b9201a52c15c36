// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/drivers/tls_servers.h"

#include <vector>

#include "bench/contenders/asio/cancel_after.h"
#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/beast/beast.h"
#include "bench/contenders/timed/idle_timeout.h"
#include "bench/contenders/timed/timed.h"
#include "bench/drivers/any_server.h"
#include "bench/drivers/request_server.h"
#include "bench/drivers/tls_session.h"

namespace timed::bench {

std::vector<server_contender> tls_contenders() {
  std::vector<server_contender> all;
  add_if_it_runs_here<contenders::plain_socket, tls_session>(all);
  add_if_it_runs_here<contenders::timed, tls_session>(all);
  add_if_it_runs_here<contenders::timed_idle_timeout, tls_session>(all);
  add_if_it_runs_here<contenders::asio_cancel_after, tls_session>(all);
  add_if_it_runs_here<contenders::beast, tls_session>(all);
  allow_asio_timers(all);
  return all;
}

}  // namespace timed::bench
