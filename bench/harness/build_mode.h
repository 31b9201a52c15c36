// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_HARNESS_BUILD_MODE_H
#define TIMED_BENCH_HARNESS_BUILD_MODE_H

#include <string_view>

#include "timed/detail/sanitizers.h"

namespace timed::bench {

/// @return Why figures from this build are meaningless; empty if they are meaningful.
constexpr std::string_view unmeasurable_because() {
#if !defined(__OPTIMIZE__)
  return "it is compiled without optimisation";
#elif !defined(NDEBUG)
  return "it is compiled with assertions";
#elif TIMED_ADDRESS_SANITIZER || TIMED_THREAD_SANITIZER
  return "it is compiled with a sanitizer";
#else
  return "";
#endif
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_HARNESS_BUILD_MODE_H
