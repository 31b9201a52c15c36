// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_SUPPORT_OPEN_DESCRIPTORS_H
#define TIMED_TESTS_SUPPORT_OPEN_DESCRIPTORS_H

#include <filesystem>
#include <iterator>

namespace timed::tests {

/// The number of open descriptors of this process, and the one that this function needs.
inline int open_descriptors() {
  return static_cast<int>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_OPEN_DESCRIPTORS_H
