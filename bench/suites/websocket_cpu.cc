// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How much CPU time does a WebSocket echo server by Boost.Beast take per message, over each stream?
// As echo_cpu, with binary messages of 64 B; a deadline of 30 s is set for each message that is
// read and for each that is written.

#include "bench/clients/websocket_requests.h"
#include "bench/drivers/websocket_servers.h"
#include "bench/suites/closed_loop_server.h"

namespace timed::bench {

void register_entries() {
  register_closed_loop("websocket_cpu", websocket_contenders(), websocket_requests);
}

}  // namespace timed::bench
