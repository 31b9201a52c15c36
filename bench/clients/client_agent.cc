// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/client_agent.h"

#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "bench/clients/any_client.h"
#include "bench/clients/forked_program.h"
#include "bench/clients/remote_protocol.h"
#include "bench/clients/tcp_sockets.h"
#include "bench/harness/cpus.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

constexpr std::chrono::seconds first_message_max(10);

// The benchmark's first message, and the program that it names.
struct wanted {
  remote_request request;
  client_program program;
};

wanted receive_request(const owned_descriptor& control, std::span<const client_program> programs) {
  limit_waiting(control, first_message_max);
  const auto request = parse_remote_request(receive_message(control).value_or(""));
  if (!request) throw std::runtime_error("this is a client for the benchmarks of timed_stream");
  const auto program = std::ranges::find(programs, request->program, &client_program::name);
  if (request->version != remote_version() || program == programs.end()) {
    throw std::runtime_error("it is of another version (" + remote_version() +
                             ", the benchmark is of " + request->version + ", program " +
                             request->program + "). Build both from the same commit");
  }
  return {*request, *program};
}

// Passes messages on in both directions until one end has closed its connection.
void relay(const owned_descriptor& benchmark, forked_program& program) {
  std::array<::pollfd, 2> ready{{{.fd = benchmark.get(), .events = POLLIN, .revents = 0},
                                 {.fd = program.control().get(), .events = POLLIN, .revents = 0}}};
  for (;;) {
    check_call(until_not_interrupted([&] { return ::poll(ready.data(), ready.size(), -1); }),
               "poll");
    if (ready[1].revents != 0) {
      const std::optional<std::string> answer = program.receive();
      if (!answer) return;
      send_message(benchmark, *answer);
    }
    if (ready[0].revents != 0) {
      const std::optional<std::string> order = receive_message(benchmark);
      if (!order) return;
      try {
        program.send(std::as_bytes(std::span(*order)));
      } catch (const std::system_error&) {  // it has ended; its last message is passed on next
      }
    }
  }
}

}  // namespace

void serve_benchmark(const owned_descriptor& control, std::span<const client_program> programs) {
  try {
    disable_nagle(control);
    detect_silent_peer(control);
    const wanted all = receive_request(control, programs);
    sockaddr_in server = address_of_peer(control);
    server.sin_port = htons(all.request.server_port);
    send_message(control, remote_client_is_ready);
    forked_program program([&](int orders) {
      // As of a client on the benchmark's own host, which has a CPU to itself.
      if (const std::vector<int> cpus = allowed_cpus(); !cpus.empty()) pin_to(cpus.back());
      all.program.run(orders, server, all.request.connections);
    });
    relay(control, program);
  } catch (const std::exception& failure) {
    try {
      send_message(control, failure.what());
    } catch (const std::exception&) {  // the benchmark has ended
    }
  }
}

}  // namespace timed::bench
