// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_RAW_EPOLL_ECHO_H
#define TIMED_BENCH_CONTENDERS_RAW_EPOLL_ECHO_H

#include <string_view>
#include <vector>

#include "bench/clients/echo_meter.h"
#include "bench/contenders/raw_epoll/epoll_set.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench::contenders {

/// Echo server directly on epoll: no handlers, no executor, no cancellation, no deadline.
/// Edge-triggered, so that the kernel does not check a drained socket again. It waits for
/// EPOLLOUT only after a partial write.
class raw_epoll_echo {
 public:
  static constexpr std::string_view name = "raw_epoll";
  static constexpr bool is_on_backend = true;

  /// @throws std::system_error
  explicit raw_epoll_echo(std::vector<owned_descriptor> connections);
  ~raw_epoll_echo();

  /// As `request_server::serve`.
  void serve(echo_meter& meter);

 private:
  struct session;

  void proceed(session& current);
  bool read(session& current);
  bool write(session& current);

  std::vector<session> sessions_;
  epoll_set<session> set_;
  echo_meter* meter_ = nullptr;
  bool is_complete_ = false;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_RAW_EPOLL_ECHO_H
