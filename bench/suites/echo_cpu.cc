// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How much CPU time does a timed echo server with 16, 64 or 256 busy connections take per request?
// closed_loop_server.h says how it is measured.

#include "bench/clients/echo_requests.h"
#include "bench/suites/closed_loop_server.h"
#include "bench/suites/echo_contenders_here.h"

namespace timed::bench {

void register_entries() {
  register_closed_loop("echo_cpu", echo_contenders_here(), echo_requests);
}

}  // namespace timed::bench
