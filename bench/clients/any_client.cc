// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/any_client.h"

#include <cstddef>
#include <memory>

#include "bench/clients/client_process.h"
#include "bench/clients/remote_client.h"
#include "bench/harness/client_host.h"

namespace timed::bench {

std::unique_ptr<any_client> start_client(std::size_t connections, const client_program& program) {
  if (client_host().empty()) return std::make_unique<client_process>(connections, program.run);
  return std::make_unique<remote_client>(client_host(), connections, program.name);
}

}  // namespace timed::bench
