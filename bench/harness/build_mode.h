// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_HARNESS_BUILD_MODE_H
#define TIMED_BENCH_HARNESS_BUILD_MODE_H

#include <string_view>

namespace timed::bench {

/// @return Why figures from this build are meaningless; empty if they are meaningful.
constexpr std::string_view unmeasurable_because() {
#if !defined(__OPTIMIZE__)
  return "it is compiled without optimisation";
#elif !defined(NDEBUG)
  return "it is compiled with assertions";
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return "it is compiled with a sanitizer";
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return "it is compiled with a sanitizer";
#else
  return "";
#endif
#else
  return "";
#endif
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_HARNESS_BUILD_MODE_H
