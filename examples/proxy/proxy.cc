// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Forwards TCP connections to another server, in both directions.
//
// Half-close: the end of one direction is passed on, and the other direction goes on.
// Back-pressure: nothing is read before what was read has been written, so a receiver that is slow
// slows the sender down, and a connection takes 2 * 16 KiB of memory at most.
// Idle timeout: of the connection, not of a direction, as a download is silent in one of them. So
// whatever moves extends the deadlines of all that is outstanding, which costs a few nanoseconds.

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include "support/program.h"
#include "support/server.h"
#include "timed/backend.h"
#include "timed/direction.h"
#include "timed/tcp_stream.h"
#include "timed/with_timeout.h"

ABSL_FLAG(std::string, address, "127.0.0.1", "The address to listen on.");
ABSL_FLAG(std::uint16_t, port, 7777, "The port to listen on; 0 is any that is free.");
ABSL_FLAG(std::string, to_address, "127.0.0.1", "The address to forward to.");
ABSL_FLAG(std::uint16_t, to_port, 80, "The port to forward to.");
ABSL_FLAG(absl::Duration, connect_timeout, absl::Seconds(5), "The time to connect there.");
ABSL_FLAG(absl::Duration, idle_timeout, absl::Minutes(5), "How long nothing may move.");
ABSL_FLAG(absl::Duration, grace, absl::Seconds(1), "The time for connections to end on SIGTERM.");

namespace {

namespace net = support::net;
using support::as_result;

struct settings {
  net::ip::tcp::endpoint to;
  std::chrono::milliseconds connect;
  std::chrono::milliseconds idle;
};

// Two streams whose deadlines are one.
struct connection {
  timed::tcp_stream client;
  timed::tcp_stream server;
  std::chrono::milliseconds idle;
  std::size_t bytes = 0;

  void moved() {
    client.expires_after(idle, timed::direction::both);
    server.expires_after(idle, timed::direction::both);
  }
  void close() {
    client.close();
    server.close();
  }
};

net::awaitable<void> forward(connection& both, timed::tcp_stream& from, timed::tcp_stream& to) {
  std::array<char, 16 * 1024> memory;
  for (;;) {
    const auto [read_error, size] = co_await from.async_read_some(net::buffer(memory), as_result);
    if (read_error == net::error::eof) {
      timed::error_code ignored;
      to.socket().shutdown(net::socket_base::shutdown_send, ignored);
      co_return;
    }
    if (read_error) break;
    both.moved();
    for (std::size_t sent = 0; sent < size;) {
      const auto rest = net::buffer(memory.data() + sent, size - sent);
      const auto [write_error, part] = co_await to.async_write_some(rest, as_result);
      if (write_error) co_return both.close();
      both.moved();
      sent += part;
    }
    both.bytes += size;
  }
  both.close();  // a timeout or a reset ends the other direction too
}

net::awaitable<void> serve(timed::tcp_stream client, const settings& with) {
  using namespace net::experimental::awaitable_operators;
  timed::tcp_stream server(client.get_executor());
  const auto [error] =
      co_await server.async_connect(with.to, timed::with_timeout(with.connect, as_result));
  if (error) {
    LOG(WARNING) << with.to << ": " << error.message();
    co_return;
  }
  connection both{std::move(client), std::move(server), with.idle};
  both.moved();
  co_await (forward(both, both.client, both.server) && forward(both, both.server, both.client));
  LOG(INFO) << "forwarded " << both.bytes << " bytes";
}

}  // namespace

int main(int argc, char** argv) {
  support::start_program("Forwards TCP connections to another server.", argc, argv);
  try {
    timed::backend::io_context context;
    const settings with{
        {net::ip::make_address(absl::GetFlag(FLAGS_to_address)), absl::GetFlag(FLAGS_to_port)},
        support::milliseconds_of(FLAGS_connect_timeout),
        support::milliseconds_of(FLAGS_idle_timeout)};
    support::server_options options;
    options.listen_on = {net::ip::make_address(absl::GetFlag(FLAGS_address)),
                         absl::GetFlag(FLAGS_port)};
    options.grace = support::milliseconds_of(FLAGS_grace);
    support::run_server(context, options,
                        [&](timed::tcp_stream stream) { return serve(std::move(stream), with); });
    return 0;
  } catch (const std::exception& failure) {
    LOG(ERROR) << failure.what();
    return 1;
  }
}
