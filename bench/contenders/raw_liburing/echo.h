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

/// How the loop writes, and whether with deadlines.
enum class raw_liburing_way {
  ring,          ///< through the ring, as it reads
  send,          ///< by send(2) where that takes all at once
  link_timeout,  ///< through the ring, with a LINK_TIMEOUT of 30 s for each read and write
};

/// Echo server directly on liburing: no handlers, no executor, no cancellation. It reads through
/// the ring (`POLL_FIRST`), with the ring flags of the native backend, and registered files.
template <raw_liburing_way Way>
class raw_liburing_echo {
 public:
  static constexpr std::string_view name = Way == raw_liburing_way::ring ? "raw_liburing"
                                           : Way == raw_liburing_way::send
                                               ? "raw_liburing_send"
                                               : "raw_liburing_link_timeout";
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
