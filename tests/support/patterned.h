// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_SUPPORT_PATTERNED_H
#define TIMED_TESTS_SUPPORT_PATTERNED_H

#include <cstddef>
#include <string>

namespace timed::tests {

/// Bytes that differ from their neighbours near and far, so that a part lost, doubled or swapped
/// shows.
inline std::string patterned(std::size_t size) {
  std::string text(size, '\0');
  unsigned state = 12345;
  for (char& each : text) {
    state = state * 1664525 + 1013904223;
    each = static_cast<char>(state >> 24);
  }
  return text;
}

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_PATTERNED_H
