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
namespace {

template <class Contender>
void add_if_it_runs_here(std::vector<server_contender>& all) {
  if constexpr (Contender::runs_here) {
    all.push_back(contender_with<request_server<Contender, http_session>>());
  }
}

}  // namespace

std::vector<server_contender> http_contenders() {
  std::vector<server_contender> all;
  add_if_it_runs_here<contenders::plain_socket>(all);
  add_if_it_runs_here<contenders::timed>(all);
  add_if_it_runs_here<contenders::asio_cancel_after>(all);
  add_if_it_runs_here<contenders::beast>(all);
  return all;
}

}  // namespace timed::bench
