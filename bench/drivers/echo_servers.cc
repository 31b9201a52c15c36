// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/drivers/echo_servers.h"

#include <memory>
#include <stdexcept>
#include <utility>
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
#include "bench/drivers/echo_server.h"
#include "timed/backend.h"

namespace timed::bench {
namespace {

template <class Server>
constexpr bool reads_silent_connections =
    requires(Server& server, echo_meter& meter, silent_connections silent) {
      server.serve(meter, std::move(silent));
    };

template <class Server>
class echo_server_adapter final : public any_echo_server {
 public:
  explicit echo_server_adapter(std::vector<owned_descriptor> connections)
      : server_(std::move(connections)) {}

  void serve(echo_meter& meter) override { server_.serve(meter); }

  silent_outcome serve(echo_meter& meter, silent_connections silent) override {
    if constexpr (reads_silent_connections<Server>) {
      return server_.serve(meter, std::move(silent));
    } else {
      throw std::logic_error("an echo server without timeouts has no silent connections");
    }
  }

 private:
  Server server_;
};

template <class Server>
echo_contender contender() {
  return {.name = Server::name,
          .is_on_backend = Server::is_on_backend,
          .can_time_out = reads_silent_connections<Server>,
          .start = [](std::vector<owned_descriptor> connections) {
            return std::unique_ptr<any_echo_server>(
                std::make_unique<echo_server_adapter<Server>>(std::move(connections)));
          }};
}

template <class Contender>
void add_if_it_runs_here(std::vector<echo_contender>& all) {
  if constexpr (Contender::runs_here) all.push_back(contender<echo_server<Contender>>());
}

}  // namespace

std::vector<echo_contender> echo_contenders() {
  std::vector<echo_contender> all;
  if (backend::name() == "io_uring_native") {
    using contenders::raw_liburing_way;
    all.push_back(contender<contenders::raw_liburing_echo<raw_liburing_way::ring>>());
    all.push_back(contender<contenders::raw_liburing_echo<raw_liburing_way::send>>());
    all.push_back(contender<contenders::raw_liburing_echo<raw_liburing_way::link_timeout>>());
  }
  if (backend::name() == "epoll") all.push_back(contender<contenders::raw_epoll_echo>());
  add_if_it_runs_here<contenders::plain_socket>(all);
  add_if_it_runs_here<contenders::socket_one_thread>(all);
  add_if_it_runs_here<contenders::timed>(all);
  add_if_it_runs_here<contenders::timed_idle_timeout>(all);
  add_if_it_runs_here<contenders::asio_cancel_after>(all);
  add_if_it_runs_here<contenders::asio_lazy_timer>(all);
  add_if_it_runs_here<contenders::asio_kept_timer>(all);
  add_if_it_runs_here<contenders::beast>(all);
  if (backend::name() == "epoll") all.push_back(contender<contenders::libevent_echo>());
  return all;
}

}  // namespace timed::bench
