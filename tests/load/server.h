// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_LOAD_SERVER_H
#define TIMED_TESTS_LOAD_SERVER_H

#include <string>
#include <string_view>

#include "tests/load/options.h"
#include "tests/load/shared_state.h"

namespace timed::tests::load {

/// The server on the backend of a program. The functions are called in its process only.
struct backend_server {
  std::string_view backend;
  bool can_use_beast;

  /// @return Why this process may not use the backend; empty if it may.
  std::string (*unavailable_reason)();

  /// Answers requests until it has to stop and all sessions have ended.
  void (*serve)(const options& chosen, server_state& state);
};

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_SERVER_H
