// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How long does a round trip take when 1 to 1,000 connections are busy at a time? Both ends are in
// one context, which one thread runs, so all time is CPU time: two writes and two reads of 64 bytes
// over Unix sockets. 1,000 other deadlines are pending on the context.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "bench/clients/idle_peers.h"
#include "bench/contenders/asio/cancel_after.h"
#include "bench/contenders/asio/kept_timer.h"
#include "bench/contenders/asio/lazy_timer.h"
#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/asio/socket_one_thread.h"
#include "bench/contenders/beast/beast.h"
#include "bench/contenders/libevent/ping_pong.h"
#include "bench/contenders/raw_epoll/ping_pong.h"
#include "bench/contenders/raw_liburing/ping_pong.h"
#include "bench/contenders/timed/timed.h"
#include "bench/drivers/ping_pong.h"
#include "bench/harness/entry.h"
#include "bench/harness/expect_backend.h"
#include "timed/backend.h"

namespace timed::bench {
namespace {

template <class PingPong>
void measure(benchmark::State& state, std::size_t connections) {
  // At the start of a batch all connections write at once; so each makes at least ten round trips.
  const std::size_t batch = std::max<std::size_t>(1000, 10 * connections);
  PingPong pairs(connections);
  for (std::size_t made = 0; made < 4000; made += batch) pairs.run(batch);  // warm-up
  while (state.KeepRunningBatch(static_cast<std::int64_t>(batch))) {
    state.SetIterationTime(pairs.run(batch).count() * 1e-9);
  }
  if constexpr (PingPong::is_on_backend) expect_backend();
}

template <class PingPong>
void register_contender(std::size_t connections) {
  register_entry(
      "round_trip/unix/" + std::to_string(connections) + "/" + std::string(PingPong::name),
      [connections](benchmark::State& state) { measure<PingPong>(state, connections); });
}

}  // namespace

void register_entries() {
  raise_descriptor_limit();  // as both ends are in this process
  for (const std::size_t connections : {1, 10, 100, 1'000}) {
    if (backend::name() == "io_uring_native") {
      register_contender<contenders::raw_liburing_ring_ping_pong>(connections);
      register_contender<contenders::raw_liburing_coop_ping_pong>(connections);
      register_contender<contenders::raw_liburing_send_ping_pong>(connections);
      register_contender<contenders::raw_liburing_multishot_ping_pong>(connections);
      register_contender<contenders::raw_liburing_multishot_coop_ping_pong>(connections);
      register_contender<contenders::raw_liburing_link_timeout_ping_pong>(connections);
    }
    if (backend::name() == "epoll")
      register_contender<contenders::raw_epoll_ping_pong>(connections);
    register_contender<ping_pong<contenders::plain_socket>>(connections);
    register_contender<ping_pong<contenders::timed>>(connections);
    if constexpr (contenders::beast::runs_here) {
      register_contender<ping_pong<contenders::socket_one_thread>>(connections);
      register_contender<ping_pong<contenders::asio_cancel_after>>(connections);
      register_contender<ping_pong<contenders::asio_lazy_timer>>(connections);
      register_contender<ping_pong<contenders::asio_kept_timer>>(connections);
      register_contender<ping_pong<contenders::beast>>(connections);
    }
    if (backend::name() == "epoll") register_contender<contenders::libevent_ping_pong>(connections);
  }
}

}  // namespace timed::bench
