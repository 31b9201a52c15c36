// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How much CPU time does an HTTP/1.1 server by Boost.Beast take per request, over each stream, and
// how many requests does it answer in a second? As echo_cpu, with 1 KiB of plain text as the answer
// to each request; connections are kept. The server reads and writes as Beast's example does, but
// sets a deadline of 30 s for each request and for each response, not one for both.

#include "bench/clients/http_requests.h"
#include "bench/drivers/http_servers.h"
#include "bench/suites/closed_loop_server.h"

namespace timed::bench {

void register_entries() {
  register_closed_loop("http_cpu", http_contenders(), http_requests);
}

}  // namespace timed::bench
