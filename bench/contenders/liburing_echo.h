// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_LIBURING_ECHO_H
#define TIMED_BENCH_CONTENDERS_LIBURING_ECHO_H

#include <memory>
#include <string_view>
#include <vector>

#include "bench/support/echo_meter.h"
#include "bench/support/owned_descriptor.h"

namespace timed::bench::contenders {

/// The same as `echo_server`, by hand on a ring: no handlers, no executor, no cancellation, no
/// deadline. It reads through the ring (`POLL_FIRST`), with the flags that ours has, and registered
/// files.
///
/// @tparam ThroughRing Whether it writes through the ring too, or by send(2) where that takes all
/// at
///     once.
template <bool ThroughRing>
class liburing_echo {
 public:
  static constexpr std::string_view name = ThroughRing ? "liburing" : "liburing_send";
  static constexpr bool is_on_backend = false;

  explicit liburing_echo(std::vector<owned_descriptor> connections);
  ~liburing_echo();

  /// As `echo_server::serve`.
  void serve(echo_meter& meter);

 private:
  class loop;
  std::unique_ptr<loop> loop_;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_LIBURING_ECHO_H
