// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What a fuzzer calls. Each target is linked with libFuzzer, which looks for inputs that reach new
// code (tests/fuzz/run), or with corpus_main.cc, which plays those that were kept.

#ifndef TIMED_TESTS_FUZZ_TARGET_H
#define TIMED_TESTS_FUZZ_TARGET_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace timed::tests {

/// Does what the bytes say, and aborts if anything is wrong.
void run_target(std::span<const std::uint8_t> bytes);

/// Aborts unless a property holds.
inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", property);
  std::abort();
}

}  // namespace timed::tests

#endif  // TIMED_TESTS_FUZZ_TARGET_H
