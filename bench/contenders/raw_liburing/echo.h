// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_RAW_LIBURING_ECHO_H
#define TIMED_BENCH_CONTENDERS_RAW_LIBURING_ECHO_H

#include <memory>
#include <string_view>
#include <vector>

#include "bench/clients/echo_meter.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench::contenders {

/// How the loop reads and writes, and whether with deadlines.
enum class raw_liburing_way {
  ring,                    ///< an operation of the ring for each read and write
  send,                    ///< writes by send(2) where that takes all at once
  multishot,               ///< one multishot receive operation, into provided buffers
  multishot_coop_taskrun,  ///< the same, with COOP_TASKRUN instead of DEFER_TASKRUN
  link_timeout,            ///< as `ring`, with a LINK_TIMEOUT of 30 s for each read and write
};

/// @return The contender's name.
constexpr std::string_view name_of(raw_liburing_way way) {
  switch (way) {
    case raw_liburing_way::ring:
      return "raw_liburing";
    case raw_liburing_way::send:
      return "raw_liburing_send";
    case raw_liburing_way::multishot:
      return "raw_liburing_multishot";
    case raw_liburing_way::multishot_coop_taskrun:
      return "raw_liburing_multishot_coop_taskrun";
    case raw_liburing_way::link_timeout:
      return "raw_liburing_link_timeout";
  }
  return "";
}

/// Echo server directly on liburing: no handlers, no executor, no cancellation. It reads through
/// the ring (`POLL_FIRST`), with the ring flags of the native backend, if not said otherwise, and
/// registered files.
template <raw_liburing_way Way>
class raw_liburing_echo {
 public:
  static constexpr std::string_view name = name_of(Way);
  static constexpr bool is_on_backend = false;

  explicit raw_liburing_echo(std::vector<owned_descriptor> connections);
  ~raw_liburing_echo();

  /// As `request_server::serve`.
  void serve(echo_meter& meter);

 private:
  class loop;
  std::unique_ptr<loop> loop_;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_RAW_LIBURING_ECHO_H
