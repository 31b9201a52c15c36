// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_TIMED_NEVER_H
#define TIMED_BENCH_CONTENDERS_TIMED_NEVER_H

#include <string_view>

#include "bench/contenders/contender.h"
#include "timed/basic_stream.h"

namespace timed::bench::contenders {

/// Our stream without a deadline: the cost for users who set none. The base of its variants.
struct timed_never : contender {
  static constexpr std::string_view name = "timed_never";

  template <class Protocol, class Executor>
  using stream = basic_stream<Protocol, Executor>;

  using untimed = timed_never;

  static void undo(auto& stream) { stream.expires_never(); }
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_TIMED_NEVER_H
