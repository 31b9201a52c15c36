// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_LIBEVENT_ECHO_H
#define TIMED_BENCH_CONTENDERS_LIBEVENT_ECHO_H

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "bench/clients/echo_meter.h"
#include "bench/contenders/libevent/base.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench::contenders {

/// Echo server on libevent: each connection is a `bufferevent` with timeouts of 30 s for reads and
/// for writes, whose read callback moves its input to its output.
class libevent_echo {
 public:
  static constexpr std::string_view name = "libevent";
  static constexpr bool is_on_backend = true;

  /// @throws std::exception
  explicit libevent_echo(std::vector<owned_descriptor> connections);
  ~libevent_echo();

  /// As `request_server::serve`.
  void serve(echo_meter& meter);

 private:
  struct session;

  owned_event_base base_;
  std::vector<std::unique_ptr<session>> sessions_;
  echo_meter* meter_ = nullptr;
  short failure_ = 0;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_LIBEVENT_ECHO_H
