// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/client_process.h"

#include <netinet/in.h>
#include <poll.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "bench/clients/tcp_sockets.h"
#include "bench/harness/cpus.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

owned_descriptor listen_on_loopback(std::size_t connections) {
  owned_descriptor listener = listen_at(htonl(INADDR_LOOPBACK), connections);
  limit_waiting(listener, order_max);
  return listener;
}

}  // namespace

client_process::client_process(std::size_t connections, const program& run)
    : listener_(listen_on_loopback(connections)), process_([&](int control) {
        if (const auto cpu = cpu_for_another_process()) pin_to(*cpu);
        run(control, address_of(listener_), connections);
      }) {
  for (std::size_t i = 0; i < connections; ++i) {
    std::array<::pollfd, 2> ready{
        {{.fd = listener_.get(), .events = POLLIN, .revents = 0},
         {.fd = process_.control().get(), .events = POLLIN, .revents = 0}}};
    check_call(until_not_interrupted([&] {
                 return ::poll(ready.data(), ready.size(),
                               static_cast<int>(std::chrono::milliseconds(order_max).count()));
               }),
               "poll");
    // It says nothing before it has connected, unless it fails.
    if (ready[1].revents != 0) throw std::runtime_error("the client: " + receive());
    connections_.push_back(accept_one(listener_));
  }
}

std::string client_process::receive(std::chrono::milliseconds at_most) {
  if (!is_readable(process_.control(), at_most)) return "it says nothing";
  return process_.receive().value_or("it has ended");
}

}  // namespace timed::bench
