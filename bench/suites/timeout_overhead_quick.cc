// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/harness/entry.h"
#include "bench/suites/timeout_overhead_operations.h"

namespace timed::bench {

void register_other_operations() {
  leave_out("all operations except async_write_some, which this program does not have (--quick)");
}

}  // namespace timed::bench
