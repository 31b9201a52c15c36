// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_TIMED_H
#define TIMED_BENCH_CONTENDERS_TIMED_H

#include <chrono>
#include <string_view>

#include "bench/contenders/on_timed_stream.h"

namespace timed::bench::contenders {

/// Our stream, with a deadline set anew for each operation.
struct timed : on_timed_stream {
  static constexpr std::string_view name = "timed";

  using untimed = timed;  // with `set_deadline` left out

  template <class Stream>
  [[gnu::always_inline]] static void set_deadline(Stream& stream) {
    stream.expires_after(std::chrono::seconds(30));
  }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_TIMED_H
