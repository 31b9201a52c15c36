// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The echo servers of all contenders, behind an interface without Asio: suites that ask different
// questions of them compile none of their code, which takes long.

#ifndef TIMED_BENCH_CONTENDERS_ECHO_SERVERS_H
#define TIMED_BENCH_CONTENDERS_ECHO_SERVERS_H

#include <memory>
#include <string_view>
#include <vector>

#include "bench/support/echo_meter.h"
#include "bench/support/owned_descriptor.h"

namespace timed::bench {

/// On each connection, reads some and writes all of it back.
class any_echo_server {
 public:
  any_echo_server() = default;
  any_echo_server(const any_echo_server&) = delete;
  virtual ~any_echo_server() = default;

  /// Answers until the meter has seen all.
  /// @throws std::runtime_error if an operation fails, as all do if the client dies.
  virtual void serve(echo_meter& meter) = 0;
};

struct echo_contender {
  std::string_view name;
  bool is_on_backend;  ///< Or has an event loop of its own.
  std::unique_ptr<any_echo_server> (*start)(std::vector<owned_descriptor> connections);
};

/// Those that run on this program's backend.
std::vector<echo_contender> echo_contenders();

}  // namespace timed::bench

#endif  // TIMED_BENCH_CONTENDERS_ECHO_SERVERS_H
