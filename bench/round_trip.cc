// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How long does a message take there and back, when 1 to 1,000 connections are busy at a time? Both
// ends are in one context, which one thread runs, so the time is all CPU time: two writes and two
// reads, of 64 bytes over Unix sockets.

#include <benchmark/benchmark.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "bench/contenders/asio_cancel_after.h"
#include "bench/contenders/beast.h"
#include "bench/contenders/liburing_ping_pong.h"
#include "bench/support/entry.h"
#include "bench/support/hold_backend.h"
#include "bench/support/idle_peers.h"
#include "bench/support/ping_pong.h"
#include "timed/backend.h"
#include "timed/basic_stream.h"

namespace timed::bench {
namespace {

using stream_protocol = net::local::stream_protocol;
using executor_type = backend::io_context::executor_type;

// The backend's plain socket.
struct by_socket {
  static constexpr std::string_view name = "socket";
  using stream = backend::basic_stream_socket<stream_protocol, executor_type>;

  static stream& socket_of(stream& of) { return of; }
  static void read(stream& from, net::mutable_buffer to, auto handler) {
    from.async_read_some(to, std::move(handler));
  }
  static void write(stream& to, net::const_buffer data, auto handler) {
    to.async_write_some(data, std::move(handler));
  }
};

// Our stream, with a deadline set anew for each operation.
struct by_timed_stream {
  static constexpr std::string_view name = "timed";
  using stream = basic_stream<stream_protocol, executor_type>;

  static stream::socket_type& socket_of(stream& of) { return of.socket(); }
  static void read(stream& from, net::mutable_buffer to, auto handler) {
    from.expires_after(std::chrono::seconds(30));
    from.async_read_some(to, std::move(handler));
  }
  static void write(stream& to, net::const_buffer data, auto handler) {
    to.expires_after(std::chrono::seconds(30));
    to.async_write_some(data, std::move(handler));
  }
};

// Asio's own way to give an operation a deadline.
struct by_cancel_after : by_socket {
  static constexpr std::string_view name = contenders::asio_cancel_after::name;

  static void read(stream& from, net::mutable_buffer to, auto handler) {
    from.async_read_some(to, net::cancel_after(std::chrono::seconds(30), std::move(handler)));
  }
  static void write(stream& to, net::const_buffer data, auto handler) {
    to.async_write_some(data, net::cancel_after(std::chrono::seconds(30), std::move(handler)));
  }
};

// Boost.Beast's stream, likewise.
struct by_beast {
  static constexpr std::string_view name = contenders::beast::name;
  using stream = contenders::beast::stream<stream_protocol, executor_type>;

  static auto& socket_of(stream& of) { return of.socket(); }
  static void read(stream& from, net::mutable_buffer to, auto handler) {
    from.expires_after(std::chrono::seconds(30));
    from.async_read_some(to, std::move(handler));
  }
  static void write(stream& to, net::const_buffer data, auto handler) {
    to.expires_after(std::chrono::seconds(30));
    to.async_write_some(data, std::move(handler));
  }
};

template <class PingPong>
void measure(benchmark::State& state, std::size_t connections) {
  constexpr std::size_t batch = 1000;
  PingPong pairs(connections);
  for (int i = 0; i < 4; ++i) pairs.run(batch);  // caches and allocators get warm
  while (state.KeepRunningBatch(batch)) {
    state.SetIterationTime(pairs.run(batch).count() * 1e-9);
  }
  if constexpr (PingPong::is_on_backend) hold_backend();
}

template <class PingPong>
void register_contender(std::size_t connections) {
  register_entry(
      "round_trip/unix/" + std::to_string(connections) + "/" + std::string(PingPong::name),
      [connections](benchmark::State& state) { measure<PingPong>(state, connections); });
}

}  // namespace

void register_entries() {
  raise_descriptor_limit();  // both ends are in this process
  for (const std::size_t connections : {1, 10, 100, 1'000}) {
    if (backend::name() == "io_uring_native") {
      register_contender<contenders::liburing_ring_ping_pong>(connections);
      register_contender<contenders::liburing_send_ping_pong>(connections);
      register_contender<contenders::liburing_link_timeout_ping_pong>(connections);
    }
    register_contender<ping_pong<by_socket>>(connections);
    register_contender<ping_pong<by_timed_stream>>(connections);
    if constexpr (contenders::beast::runs_here) {
      register_contender<ping_pong<by_cancel_after>>(connections);
      register_contender<ping_pong<by_beast>>(connections);
    }
  }
}

}  // namespace timed::bench
