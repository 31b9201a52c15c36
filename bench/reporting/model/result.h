// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_MODEL_RESULT_H
#define TIMED_BENCH_REPORTING_MODEL_RESULT_H

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace timed::bench {

/// Why something has no result, as a text for the user.
struct failure {
  std::string message;
  bool is_interrupt = false;
};

/// A value, or why there is none.
template <class T>
using result = boost::system::result<T, failure>;

inline failure failed(std::string message) {
  return {.message = std::move(message), .is_interrupt = false};
}

/// Called by `result::value()` if there is no value.
[[noreturn]] inline void throw_exception_from_error(const failure& reason,
                                                    const boost::source_location&) {
  throw std::runtime_error(reason.message);
}

inline failure was_interrupted() {
  return {.message = "interrupted", .is_interrupt = true};
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_MODEL_RESULT_H
