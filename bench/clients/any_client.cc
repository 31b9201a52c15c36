// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/any_client.h"

#include <memory>
#include <stdexcept>
#include <string>

#include "bench/clients/client_process.h"
#include "bench/clients/remote_client.h"

namespace timed::bench {
namespace {

std::string& chosen_host() {
  static std::string host;
  return host;
}

}  // namespace

void set_client_host(const std::string& host) {
  const std::size_t colon = host.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == host.size()) {
    throw std::invalid_argument("--client_host=" + host +
                                ": it has to be HOST:PORT, of a host on which //bench:client runs");
  }
  chosen_host() = host;
}

const std::string& client_host() {
  return chosen_host();
}

std::unique_ptr<any_client> start_client(std::size_t connections, const client_program& program) {
  if (client_host().empty()) return std::make_unique<client_process>(connections, program.run);
  return std::make_unique<remote_client>(client_host(), connections, program.name);
}

}  // namespace timed::bench
