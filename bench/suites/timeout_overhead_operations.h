// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUITES_TIMEOUT_OVERHEAD_OPERATIONS_H
#define TIMED_BENCH_SUITES_TIMEOUT_OVERHEAD_OPERATIONS_H

namespace timed::bench {

/// Registers the entries of all operations except `async_write_some`; in the program of --quick,
/// reports that they are left out.
void register_other_operations();

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUITES_TIMEOUT_OVERHEAD_OPERATIONS_H
