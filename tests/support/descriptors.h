// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_SUPPORT_DESCRIPTORS_H
#define TIMED_TESTS_SUPPORT_DESCRIPTORS_H

#include <sys/resource.h>

#include <cstddef>

namespace timed::tests {

/// Allows this process as many descriptors as it may have.
/// @return How many that are.
inline std::size_t raise_descriptor_limit() {
  ::rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_DESCRIPTORS_H
