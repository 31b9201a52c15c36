// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How much CPU time does a TLS echo server by Asio take per request, over each stream? As echo_cpu,
// over TLS; the handshakes are not in the figures.

#include "bench/clients/tls_requests.h"
#include "bench/drivers/tls_servers.h"
#include "bench/harness/client_host.h"
#include "bench/harness/entry.h"
#include "bench/suites/closed_loop_server.h"

namespace timed::bench {

void register_entries() {
  if (!client_host().empty()) {
    leave_out("tls_cpu, whose client runs on this host only");
    return;
  }
  register_closed_loop("tls_cpu", tls_contenders(), tls_requests);
}

}  // namespace timed::bench
