// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_TIMED_NEVER_H
#define TIMED_BENCH_CONTENDERS_TIMED_NEVER_H

#include <string_view>

#include "bench/contenders/on_timed_stream.h"

namespace timed::bench::contenders {

/// Our stream without a deadline: the cost for users who set none.
struct timed_never : on_timed_stream {
  static constexpr std::string_view name = "timed_never";

  using untimed = timed_never;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_TIMED_NEVER_H
