// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/client_process.h"

#include <netinet/in.h>

#include <chrono>
#include <cstddef>
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
  for (std::size_t i = 0; i < connections; ++i) connections_.push_back(accept_one(listener_));
}

std::string client_process::receive(std::chrono::milliseconds at_most) {
  if (!is_readable(process_.control(), at_most)) return "it says nothing";
  return process_.receive().value_or("it has ended");
}

}  // namespace timed::bench
