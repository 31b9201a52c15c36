// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_EPOLL_ECHO_H
#define TIMED_BENCH_CONTENDERS_EPOLL_ECHO_H

#include <string_view>
#include <vector>

#include "bench/contenders/epoll_set.h"
#include "bench/support/echo_meter.h"
#include "bench/support/owned_descriptor.h"

namespace timed::bench::contenders {

/// The same as `echo_server`, by hand on epoll: no handlers, no executor, no cancellation, no
/// deadline. Edge-triggered, so that the kernel does not look again at what was read empty; it is
/// asked for room to write only where a write was partial.
class epoll_echo {
 public:
  static constexpr std::string_view name = "epoll_by_hand";
  static constexpr bool is_on_backend = true;

  /// @throws std::system_error
  explicit epoll_echo(std::vector<owned_descriptor> connections);
  ~epoll_echo();

  /// As `echo_server::serve`.
  void serve(echo_meter& meter);

 private:
  struct session;

  void proceed(session& of);
  bool read(session& of);
  bool write(session& of);

  std::vector<session> sessions_;
  epoll_set<session> set_;
  echo_meter* meter_ = nullptr;
  bool is_all_ = false;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_EPOLL_ECHO_H
