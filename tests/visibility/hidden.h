// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_VISIBILITY_HIDDEN_H
#define TIMED_TESTS_VISIBILITY_HIDDEN_H

#include <functional>

#include "timed/backend.h"
#include "timed/error.h"
#include "timed/unix_stream.h"

namespace timed::tests {

/// What a library does that was compiled with hidden visibility, but for this class.
struct [[gnu::visibility("default")]] hidden {
  static bool is_running(timed::backend::io_context& context);
  static void post(timed::backend::io_context& context, std::function<void()> function);
  static unix_stream make_stream(timed::backend::io_context& context);
  static void read(unix_stream& stream, std::function<void(error_code)> handler);
};

}  // namespace timed::tests

#endif  // TIMED_TESTS_VISIBILITY_HIDDEN_H
