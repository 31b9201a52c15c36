// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The contenders for suites that create many streams: there a plain socket is not wrapped in a
// stream. `background` is the kind of the other deadlines of the context.

#ifndef TIMED_BENCH_CONTENDERS_BY_STREAM_H
#define TIMED_BENCH_CONTENDERS_BY_STREAM_H

#include <boost/asio/buffer.hpp>
#include <boost/asio/cancel_after.hpp>
#include <chrono>
#include <string_view>
#include <utility>

#include "bench/contenders/asio/cancel_after.h"
#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/operations.h"
#include "timed/backend.h"

namespace timed::bench::contenders {

/// The backend's socket, without any deadline.
struct by_socket {
  static constexpr std::string_view name = plain_socket::name;
  template <class Protocol>
  using stream = backend::basic_stream_socket<Protocol, backend::io_context::executor_type>;
  using background = plain_socket::background;

  static auto& socket_of(auto& stream) { return stream; }
  static void prepare(auto&) {}
  static void connect(auto& client, const auto& server, auto handler) {
    client.async_connect(server, std::move(handler));
  }
  static void read(auto& from, net::mutable_buffer to, auto handler) {
    from.async_read_some(to, std::move(handler));
  }
  static void write(auto& to, net::const_buffer data, auto handler) {
    to.async_write_some(data, std::move(handler));
  }
};

/// The same, with Asio's own way to give an operation a deadline.
struct by_socket_and_cancel_after : by_socket {
  static constexpr std::string_view name = asio_cancel_after::name;
  using background = asio_cancel_after::background;

  static void connect(auto& client, const auto& server, auto handler) {
    client.async_connect(server, in_time(std::move(handler)));
  }
  static void read(auto& from, net::mutable_buffer to, auto handler) {
    from.async_read_some(to, in_time(std::move(handler)));
  }
  static void write(auto& to, net::const_buffer data, auto handler) {
    to.async_write_some(data, in_time(std::move(handler)));
  }

 private:
  static auto in_time(auto handler) {
    return net::cancel_after(std::chrono::seconds(30), std::move(handler));
  }
};

/// One of the contenders that are streams.
template <class Contender>
struct by_stream {
  static constexpr std::string_view name = Contender::name;
  template <class Protocol>
  using stream = typename Contender::template stream<Protocol, backend::io_context::executor_type>;
  using background = typename Contender::background;

  static auto& socket_of(auto& stream) { return stream.socket(); }
  static void prepare(auto& stream) { Contender::prepare(stream); }
  static void connect(auto& client, const auto& server, auto handler) {
    Contender::set_deadline(client);
    client.async_connect(server, std::move(handler));
  }
  static void read(auto& from, net::mutable_buffer to, auto handler) {
    Contender::set_deadline(from);
    Contender::template start<async_read_some>(from, to, std::move(handler));
  }
  static void write(auto& to, net::const_buffer data, auto handler) {
    Contender::set_deadline(to);
    Contender::template start<async_write_some>(to, data, std::move(handler));
  }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_BY_STREAM_H
