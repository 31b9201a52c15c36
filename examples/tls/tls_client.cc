// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Sends a line over TLS and waits for it to come back. The server's certificate is verified.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

#include "support/program.h"
#include "timed/backend.h"
#include "timed/socket_stream.h"
#include "timed/tcp_stream.h"

ABSL_FLAG(std::string, address, "127.0.0.1", "The server's address.");
ABSL_FLAG(std::uint16_t, port, 7777, "The server's port.");
ABSL_FLAG(std::string, name, "localhost", "The name that the server's certificate has to be for.");
ABSL_FLAG(std::string, authority, "",
          "A file with certificates to trust (PEM), instead of the system's.");
ABSL_FLAG(absl::Duration, timeout, absl::Seconds(10), "The time to connect, and for the answer.");
ABSL_FLAG(absl::Duration, shutdown_timeout, absl::Seconds(2), "The time to end TLS in order.");

namespace {

namespace net = boost::asio;
using tls_stream = net::ssl::stream<timed::tcp_stream>;

net::awaitable<std::string> request(net::ssl::context& tls, std::string line) {
  tls_stream stream(co_await net::this_coro::executor, tls);
  const std::string name = absl::GetFlag(FLAGS_name);
  stream.set_verify_mode(net::ssl::verify_peer);
  stream.set_verify_callback(net::ssl::host_name_verification(name));
  SSL_set_tlsext_host_name(stream.native_handle(), name.c_str());

  // One deadline for all of it: connecting, the handshake and the exchange.
  stream.next_layer().expires_after(support::milliseconds_of(FLAGS_timeout));
  stream.next_layer().linger_timeout(support::milliseconds_of(FLAGS_shutdown_timeout));
  co_await stream.next_layer().async_connect(
      {net::ip::make_address(absl::GetFlag(FLAGS_address)), absl::GetFlag(FLAGS_port)},
      net::use_awaitable);
  co_await stream.async_handshake(tls_stream::client, net::use_awaitable);
  co_await net::async_write(stream, net::buffer(line), net::use_awaitable);
  std::string answer(line.size(), '\0');
  co_await net::async_read(stream, net::buffer(answer), net::use_awaitable);
  const auto [error] = co_await timed::async_shutdown(stream, net::as_tuple(net::use_awaitable));
  if (error) LOG(WARNING) << "the end: " << error.message();  // the answer is complete
  co_return answer;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = support::start_program(
      "Sends its argument over TLS, and prints what comes back.", argc, argv);
  if (arguments.size() != 1) {
    LOG(ERROR) << "One argument is needed: what to send. --help lists the flags.";
    return 2;
  }
  try {
    timed::backend::io_context context;
    net::ssl::context tls(net::ssl::context::tls_client);
    if (const auto file = absl::GetFlag(FLAGS_authority); !file.empty()) {
      tls.load_verify_file(file);
    } else {
      tls.set_default_verify_paths();
    }
    net::cancellation_signal stop;
    net::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const timed::error_code& error, int) {
      if (!error) stop.emit(net::cancellation_type::terminal);
    });
    net::co_spawn(context, request(tls, arguments[0]),
                  net::bind_cancellation_slot(
                      stop.slot(), [&](std::exception_ptr thrown, const std::string& answer) {
                        signals.cancel();
                        if (thrown) std::rethrow_exception(thrown);
                        std::cout << answer << std::endl;
                      }));
    context.run();
    return 0;
  } catch (const std::exception& failure) {
    LOG(ERROR) << failure.what();
    return 1;
  }
}
