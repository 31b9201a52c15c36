// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_TIME_HANDLER_CALL_H
#define TIMED_DETAIL_TIME_HANDLER_CALL_H

#include <cstdint>

#include "timed/detail/requires_cxx20.h"

namespace timed::detail {

/// While it lives, this thread calls the handler of a stream's operation. What is noted within that
/// call is forgotten at its end: so if it is found, it is from the same call.
///
/// By this a stream whose handler sets a deadline of seconds and then starts an operation, as most
/// do, knows without a look at any clock that the deadline is a recent one. Within another handler
/// that is run meanwhile, and after it, nothing is known.
class handler_call {
 public:
  handler_call() noexcept { noted_ = nothing; }
  handler_call(const handler_call&) = delete;
  ~handler_call() { noted_ = outside; }

  /// Notes something of which there is one at a time, and which is not looked into; outside of such
  /// a call, nothing.
  static void note(const void* what) noexcept {
    if (noted_ != outside) [[likely]]
      noted_ = reinterpret_cast<std::uintptr_t>(what);
  }

  /// Returns whether that is what was noted last, in the same call.
  static bool has_noted(const void* what) noexcept {
    return noted_ == reinterpret_cast<std::uintptr_t>(what);
  }

  static void forget() noexcept {
    if (noted_ != outside) noted_ = nothing;
  }

 private:
  static constexpr std::uintptr_t outside = 0;
  static constexpr std::uintptr_t nothing = 1;

  [[gnu::visibility("default")]] inline static constinit thread_local std::uintptr_t noted_ =
      outside;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_TIME_HANDLER_CALL_H
