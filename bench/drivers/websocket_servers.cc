// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/drivers/websocket_servers.h"

#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/stream_base.hpp>
#include <string_view>
#include <vector>

#include "bench/contenders/asio/cancel_after.h"
#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/beast/beast.h"
#include "bench/contenders/timed/idle_timeout.h"
#include "bench/contenders/timed/never.h"
#include "bench/contenders/timed/timed.h"
#include "bench/drivers/any_server.h"
#include "bench/drivers/request_server.h"
#include "bench/drivers/websocket_session.h"
#include "timed/backend.h"

namespace timed::bench {
namespace {

// Boost.Beast's WebSocket can end a connection of Asio's own sockets, and of streams that tell it
// how.
struct asio_socket : contenders::plain_socket {
  static constexpr bool runs_here = backend::name() != "io_uring_native";
};

// Without deadlines for single operations: Boost.Beast's WebSocket has timeouts of its own.
template <class Untimed>
struct with_websocket_timeout : Untimed {
  static void prepare_websocket(auto& stream) {
    using websocket::stream_base;
    stream.set_option(stream_base::timeout::suggested(boost::beast::role_type::server));
  }
};

struct timed_websocket_timeout : with_websocket_timeout<contenders::timed_never> {
  static constexpr std::string_view name = "timed_websocket_timeout";
};

struct beast_websocket_timeout : with_websocket_timeout<contenders::beast_never> {
  static constexpr std::string_view name = "beast_websocket_timeout";
};

}  // namespace

std::vector<server_contender> websocket_contenders() {
  std::vector<server_contender> all;
  add_if_it_runs_here<asio_socket, websocket_session>(all);
  add_if_it_runs_here<contenders::timed, websocket_session>(all);
  add_if_it_runs_here<contenders::timed_idle_timeout, websocket_session>(all);
  add_if_it_runs_here<timed_websocket_timeout, websocket_session>(all);
  add_if_it_runs_here<contenders::asio_cancel_after, websocket_session>(all);
  add_if_it_runs_here<contenders::beast, websocket_session>(all);
  add_if_it_runs_here<beast_websocket_timeout, websocket_session>(all);
  allow_asio_timers(all);
  return all;
}

}  // namespace timed::bench
