// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_SUPPORT_HANDLER_RESULT_H
#define TIMED_TESTS_SUPPORT_HANDLER_RESULT_H

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>

#include "timed/error.h"

namespace timed::tests {

/// What an operation's handler was called with.
struct result {
  error_code ec;
  std::size_t bytes = 0;
};

/// Returns a handler that stores its arguments in an optional, which has to outlive the handler.
inline auto store(std::optional<result>& where) {
  return [&where](error_code ec, std::size_t bytes = 0) {
    ASSERT_FALSE(where.has_value()) << "a handler was called twice";
    where = result{ec, bytes};
  };
}

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_HANDLER_RESULT_H
