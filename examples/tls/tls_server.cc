// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A server with TLS that sends back what it gets. Its handshake, its silence and its end are
// bounded.

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include "support/program.h"
#include "support/server.h"
#include "timed/backend.h"
#include "timed/socket_stream.h"
#include "timed/tcp_stream.h"
#include "timed/with_timeout.h"

ABSL_FLAG(std::string, address, "127.0.0.1", "The address to listen on.");
ABSL_FLAG(std::uint16_t, port, 7777, "The port to listen on; 0 is any that is free.");
ABSL_FLAG(std::string, certificate, "", "A file with the certificate chain (PEM).");
ABSL_FLAG(std::string, key, "", "A file with its private key (PEM).");
ABSL_FLAG(absl::Duration, handshake_timeout, absl::Seconds(5), "The time for the handshake.");
ABSL_FLAG(absl::Duration, idle_timeout, absl::Seconds(30), "How long a client may be silent.");
ABSL_FLAG(absl::Duration, shutdown_timeout, absl::Seconds(2), "The time to end TLS in order.");
ABSL_FLAG(absl::Duration, grace, absl::Seconds(1), "The time for clients to end after SIGTERM.");

namespace {

namespace net = support::net;
using support::as_result;

using tls_stream = net::ssl::stream<timed::tcp_stream>;

struct timeouts {
  std::chrono::milliseconds handshake = support::milliseconds_of(FLAGS_handshake_timeout);
  std::chrono::milliseconds idle = support::milliseconds_of(FLAGS_idle_timeout);
  std::chrono::milliseconds shutdown = support::milliseconds_of(FLAGS_shutdown_timeout);
};

net::awaitable<void> serve(timed::tcp_stream stream, net::ssl::context& tls, timeouts limits) {
  tls_stream secured(std::move(stream), tls);
  // One deadline for the whole handshake, however many messages it takes.
  const auto [handshake_error] = co_await secured.async_handshake(
      tls_stream::server, timed::with_timeout(limits.handshake, as_result));
  if (handshake_error) {
    LOG(INFO) << "handshake: " << handshake_error.message();
    co_return;
  }
  std::array<char, 4096> memory;
  secured.next_layer().linger_timeout(limits.shutdown);
  for (;;) {
    const auto [read_error, size] = co_await secured.async_read_some(
        net::buffer(memory), timed::with_timeout(limits.idle, as_result));
    if (read_error == net::error::eof) break;  // the client has ended TLS
    if (read_error) {
      LOG(INFO) << "read: " << read_error.message();
      co_return;
    }
    const auto [write_error, sent] = co_await net::async_write(
        secured, net::buffer(memory, size), timed::with_timeout(limits.idle, as_result));
    if (write_error) co_return;
  }
  // Ends TLS and closes the stream, within linger_timeout: a client that does not answer cannot
  // hold the connection.
  const auto [error] = co_await timed::async_shutdown(secured, as_result);
  LOG(INFO) << "ended: " << (error ? error.message() : "in order");
}

}  // namespace

int main(int argc, char** argv) {
  support::start_program("Sends back what it gets, over TLS.", argc, argv);
  try {
    timed::backend::io_context context;
    net::ssl::context tls(net::ssl::context::tls_server);
    tls.use_certificate_chain_file(absl::GetFlag(FLAGS_certificate));
    tls.use_private_key_file(absl::GetFlag(FLAGS_key), net::ssl::context::pem);
    support::server_options options;
    options.listen_on = {net::ip::make_address(absl::GetFlag(FLAGS_address)),
                         absl::GetFlag(FLAGS_port)};
    options.grace = support::milliseconds_of(FLAGS_grace);
    support::run_server(context, options, [&](timed::tcp_stream stream) {
      return serve(std::move(stream), tls, timeouts());
    });
    return 0;
  } catch (const std::exception& failure) {
    LOG(ERROR) << failure.what();
    return 1;
  }
}
