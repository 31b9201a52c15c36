// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// main() of //bench:client: the client of benchmarks that run on another host, with
// --client_host=THIS_HOST:PORT. It serves all that connect, one process for each, until it is
// killed; use it in a network that you trust.

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>

#include "bench/clients/any_client.h"
#include "bench/clients/client_agent.h"
#include "bench/clients/echo_requests.h"
#include "bench/clients/http_requests.h"
#include "bench/clients/open_loop_requests.h"
#include "bench/clients/tcp_sockets.h"
#include "bench/clients/websocket_requests.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

constexpr std::array programs{echo_requests, http_requests, open_loop_requests, websocket_requests};
constexpr std::string_view flag = "--port=";

std::optional<std::uint16_t> port_in(int argc, char** argv) {
  if (argc == 1) return 0;
  const std::string_view text = argv[1];
  if (argc != 2 || !text.starts_with(flag)) return std::nullopt;
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(text.data() + flag.size(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

// Serves one benchmark in a process of its own.
void serve_next(owned_descriptor& listener) {
  const owned_descriptor control = accept_one(listener);
  const ::pid_t child = ::fork();
  check_call(child, "fork");
  if (child != 0) return;
  listener = owned_descriptor();  // otherwise its port would stay in use after this program
  ::signal(SIGCHLD, SIG_DFL);
  serve_benchmark(control, programs);
  ::_exit(EXIT_SUCCESS);
}

[[noreturn]] void serve(std::uint16_t port) {
  owned_descriptor listener = listen_at(INADDR_ANY, SOMAXCONN, port);
  std::cout << "listening on port " << ntohs(address_of(listener).sin_port) << std::endl;
  ::signal(SIGCHLD, SIG_IGN);  // no zombies
  for (;;) {
    try {
      serve_next(listener);
    } catch (const std::exception& failure) {
      std::cerr << "a benchmark was not served: " << failure.what() << std::endl;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

}  // namespace
}  // namespace timed::bench

int main(int argc, char** argv) {
  using namespace timed::bench;
  const std::optional<std::uint16_t> port = port_in(argc, argv);
  if (!port) {
    std::cerr << "usage: client [--port=PORT]\n"
                 "Makes the requests of benchmarks on other hosts (--client_host=HOST:PORT).\n"
                 "Without a port, a free one is chosen and printed.\n";
    return EXIT_FAILURE;
  }
  try {
    serve(*port);
  } catch (const std::exception& failure) {
    std::cerr << "error: " << failure.what() << '\n';
    return EXIT_FAILURE;
  }
}
