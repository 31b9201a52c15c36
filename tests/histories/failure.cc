// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/histories/failure.h"

#include <cstdio>
#include <cstdlib>

#include "tests/histories/world.h"

namespace timed::tests::histories {

void (*on_failure)(const std::string& what) = nullptr;

void fail(const std::string& what) {
  if (on_failure != nullptr) on_failure(what);
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

}  // namespace timed::tests::histories
