// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/drivers/http_servers.h"

#include <vector>

#include "bench/contenders/asio/cancel_after.h"
#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/beast/beast.h"
#include "bench/contenders/timed/timed.h"
#include "bench/drivers/any_server.h"
#include "bench/drivers/http_session.h"
#include "bench/drivers/request_server.h"

namespace timed::bench {

std::vector<server_contender> http_contenders() {
  std::vector<server_contender> all;
  add_if_it_runs_here<contenders::plain_socket, http_session>(all);
  add_if_it_runs_here<contenders::timed, http_session>(all);
  add_if_it_runs_here<contenders::asio_cancel_after, http_session>(all);
  add_if_it_runs_here<contenders::beast, http_session>(all);
  return all;
}

}  // namespace timed::bench
