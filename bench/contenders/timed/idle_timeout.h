// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_TIMED_IDLE_TIMEOUT_H
#define TIMED_BENCH_CONTENDERS_TIMED_IDLE_TIMEOUT_H

#include <chrono>
#include <string_view>
#include <type_traits>
#include <utility>

#include "bench/contenders/timed/never.h"

namespace timed::bench::contenders {

/// Our stream, with an idle timeout that is set once and restarts with each operation.
struct timed_idle_timeout : timed_never {
  static constexpr std::string_view name = "timed_idle_timeout";

  using untimed = timed_idle_timeout;  // without `prepare`

  static void prepare(auto& stream) { stream.timeout(std::chrono::seconds(30)); }
  static void undo(auto& stream) {
    stream.timeout(std::remove_cvref_t<decltype(stream)>::duration::max());
  }

  template <class Operation>
  static void start_expiring(auto& stream, auto buffer, std::chrono::milliseconds after,
                             auto handler) {
    stream.timeout(after);
    Operation::start(stream, buffer, std::move(handler));
  }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_TIMED_IDLE_TIMEOUT_H
