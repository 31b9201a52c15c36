// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_TIMED_TIMED_H
#define TIMED_BENCH_CONTENDERS_TIMED_TIMED_H

#include <chrono>
#include <string_view>
#include <utility>

#include "bench/contenders/timed/never.h"

namespace timed::bench::contenders {

/// Our stream, with a new deadline set before each operation.
struct timed : timed_never {
  static constexpr std::string_view name = "timed";

  using untimed = timed;  // without `set_deadline`

  [[gnu::always_inline]] static void set_deadline(auto& stream) {
    stream.expires_after(std::chrono::seconds(30));
  }

  template <class Operation>
  static void start_expiring(auto& stream, auto buffer, std::chrono::milliseconds after,
                             auto handler) {
    stream.expires_after(after);
    Operation::start(stream, buffer, std::move(handler));
  }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_TIMED_TIMED_H
