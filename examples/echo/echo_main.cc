// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "echo/echo.h"
#include "timed/backend.h"

namespace {

namespace net = echo::net;
using namespace std::chrono_literals;

int usage() {
  std::cerr << "Usage: echo_main server PORT\n"
               "       echo_main client ADDRESS PORT MESSAGE\n";
  return 2;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

void run_server(std::uint16_t port) {
  timed::backend::io_context context;
  echo::tcp_acceptor acceptor(context, {net::ip::tcp::v4(), port});
  net::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](auto, auto) { context.stop(); });
  net::co_spawn(context, echo::serve(acceptor, 30s), net::detached);
  std::cout << "echoing on port " << acceptor.local_endpoint().port() << " ("
            << timed::backend::name() << "); Ctrl-C ends it" << std::endl;
  context.run();
}

void run_client(const net::ip::tcp::endpoint& server, const std::string& message) {
  timed::backend::io_context context;
  net::co_spawn(context, echo::request(server, message, 5s),
                [](std::exception_ptr thrown, std::string answer) {
                  if (thrown) std::rethrow_exception(thrown);
                  std::cout << answer << std::endl;
                });
  context.run();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string_view mode = argc > 1 ? argv[1] : "";
    if (mode == "server" && argc == 3) {
      const auto port = parse_port(argv[2]);
      if (!port) return usage();
      run_server(*port);
      return 0;
    }
    if (mode == "client" && argc == 5) {
      const auto port = parse_port(argv[3]);
      if (!port) return usage();
      run_client({net::ip::make_address(argv[2]), *port}, argv[4]);
      return 0;
    }
    return usage();
  } catch (const std::exception& failure) {
    std::cerr << "echo_main: " << failure.what() << '\n';
    return 1;
  }
}
