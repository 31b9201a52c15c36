// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_REQUIRES_CXX20_H
#define TIMED_DETAIL_REQUIRES_CXX20_H

// Each public header includes this one, directly or through another one, before anything in it
// needs C++20. GCC and Clang go on after #error, and would report hundreds of errors about
// concepts; a header that does not exist makes both stop.
#if __cplusplus <= 201703L
#error timed_stream needs C++20: bazel build --cxxopt=-std=c++20
#include "C++20 (see the error above)"
#endif

#endif  // TIMED_DETAIL_REQUIRES_CXX20_H
