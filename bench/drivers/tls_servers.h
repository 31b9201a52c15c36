// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_TLS_SERVERS_H
#define TIMED_BENCH_DRIVERS_TLS_SERVERS_H

#include <vector>

#include "bench/drivers/any_server.h"

namespace timed::bench {

/// @return The contenders that can run on this program's backend. Their servers write
/// back what arrives on each connection, over TLS.
std::vector<server_contender> tls_contenders();

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_TLS_SERVERS_H
