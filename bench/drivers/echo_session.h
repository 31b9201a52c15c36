// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_ECHO_SESSION_H
#define TIMED_BENCH_DRIVERS_ECHO_SESSION_H

#include <boost/asio/ip/tcp.hpp>

#include "bench/contenders/contender.h"
#include "bench/drivers/echo_exchange.h"
#include "timed/backend.h"

namespace timed::bench {

template <class Contender>
using tcp_stream_of =
    typename Contender::template stream<net::ip::tcp, backend::io_context::executor_type>;

/// Writes back what arrives. A session of `request_server`.
template <class Contender, class Server>
class echo_session : echo_exchange<Contender, Server, tcp_stream_of<Contender>> {
  using exchange = echo_exchange<Contender, Server, tcp_stream_of<Contender>>;

 public:
  using typename exchange::executor_type;

  echo_session(Server& server, const executor_type& executor, int descriptor)
      : exchange(server, executor) {
    contenders::socket_of(this->stream_).assign(net::ip::tcp::v4(), descriptor);
    Contender::prepare(this->stream_);
    this->read();
  }
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_ECHO_SESSION_H
