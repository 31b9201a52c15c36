// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_HARNESS_EXPECT_BACKEND_H
#define TIMED_BENCH_HARNESS_EXPECT_BACKEND_H

namespace timed::bench {

/// @throws std::runtime_error if this process uses anything but the backend it was built for.
void expect_backend();

}  // namespace timed::bench

#endif  // TIMED_BENCH_HARNESS_EXPECT_BACKEND_H
