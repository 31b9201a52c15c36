// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What a run prints: tables in Markdown.

#ifndef TIMED_TESTS_LOAD_REPORT_H
#define TIMED_TESTS_LOAD_REPORT_H

#include "tests/load/options.h"
#include "tests/load/outcome.h"
#include "tests/load/shared_state.h"

namespace timed::tests::load {

void print_rows_title();

/// What happened between two moments.
void print_row(nanoseconds since_begin, const sample& earlier, const sample& now);

void print_summary(const outcome& seen, const options& chosen, const run_state& state);

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_REPORT_H
