// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/modes/elsewhere.h"

int timed::tests::defined_elsewhere() noexcept {
  return 7;
}
