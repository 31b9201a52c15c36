// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Included before Beast's unit test of its basic_stream, after what that includes itself: from here
// on timed's classes have the names of Beast's and Asio's.

#pragma once

#include "timed/beast.h"
#include "timed/tcp_stream.h"
// clang-format off
#include "asio.h"  // From here on names mean ours.
// clang-format on

namespace boost::beast {

template <class Protocol, class Executor = net::any_io_executor,
          class RatePolicy = unlimited_rate_policy>
using suite_stream =
    timed::basic_stream<typename net::suite_protocol_of<Protocol>::type, Executor, RatePolicy>;
using suite_tcp_stream = suite_stream<net::ip::tcp>;

}  // namespace boost::beast

#define basic_stream suite_stream
#define tcp_stream suite_tcp_stream
#define suite_stream_test basic_stream_test  // the name of the suite itself
