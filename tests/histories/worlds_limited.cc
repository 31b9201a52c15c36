// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/histories/stage.h"
#include "tests/histories/worlds.h"
#include "timed/rate_policy.h"

namespace timed::tests::histories {

using unix_protocol = net::local::stream_protocol;

const world tcp_limited{
    "tcp_limited", true,
    stage_for<basic_stream<net::ip::tcp, net::any_io_executor, simple_rate_policy>>::make};
const world unix_limited{
    "unix_limited", true,
    stage_for<basic_stream<unix_protocol, context_executor, simple_rate_policy>>::make};

}  // namespace timed::tests::histories
