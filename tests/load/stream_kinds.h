// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The two streams that a server can be built on: how each gets the limits of a session.

#ifndef TIMED_TESTS_LOAD_STREAM_KINDS_H
#define TIMED_TESTS_LOAD_STREAM_KINDS_H

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/rate_policy.hpp>

#include "tests/load/options.h"
#include "timed/backend.h"
#include "timed/basic_stream.h"
#include "timed/direction.h"
#include "timed/error.h"

namespace timed::tests::load {

using net::ip::tcp;
using executor = backend::io_context::executor_type;

/// Ours: idle timeouts are set once, and an absolute deadline besides, while a request arrives.
struct timed_kind {
  using stream = basic_stream<tcp, executor>;

  static void prepare(stream& of, const limits& given) {
    of.read_timeout(given.idle);
    of.write_timeout(given.write);
  }
  static void set_request_deadline(stream& of, time_point deadline) {
    of.expires_at(deadline, direction::read);
  }
  static void before_operation(stream&, time_point) {}
  static bool is_timeout(error_code ec) { return ec == error::timeout; }
};

/// Beast's: each operation gets the deadline that comes first.
struct beast_kind {
  using stream = boost::beast::basic_stream<tcp, executor, boost::beast::unlimited_rate_policy>;

  static void prepare(stream&, const limits&) {}
  static void set_request_deadline(stream&, time_point) {}
  static void before_operation(stream& of, time_point deadline) { of.expires_at(deadline); }
  static bool is_timeout(error_code ec) { return ec == boost::beast::error::timeout; }
};

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_STREAM_KINDS_H
